/*
 * Reads from the faults of a history which duplicates it allows.
 * Without it the checkers would report the duplicates that a cut makes by design, or allow them everywhere.
 */
import type { HistoryEvent } from "../history.js";

/** Which duplicates of an actor may exist side by side for a while, since nodes could not see each other. */
export interface Overlap {
  /** Both run: the network was cut. */
  readonly running: boolean;
  /** One slept meanwhile, with what it had in its mailbox: a node was frozen. */
  readonly asleep: boolean;
  /** When two duplicates of an actor first met, by its id: a conflict was found. */
  readonly met: ReadonlyMap<string, number>;
}

/** The overlaps that the faults of a history allow. */
export function epochsOverlap(history: readonly HistoryEvent[]): Overlap {
  const any = (fault: RegExp): boolean => history.some((event) => event.kind === "fault" && fault.test(event.what));
  const [running, asleep] = [any(/^cut/), any(/^freeze/)];
  return { running, asleep, met: running || asleep ? firstConflicts(history) : new Map() };
}

function firstConflicts(history: readonly HistoryEvent[]): Map<string, number> {
  const met = new Map<string, number>();
  for (const event of history) {
    if (event.kind !== "event" || event.name !== "conflict") continue;
    const { id } = event.detail as { readonly id: string };
    if (!met.has(id)) met.set(id, event.atMs);
  }
  return met;
}
