import type { HistoryEvent } from "../history.js";
import { checkActivation } from "./activation.js";
import { checkOrder } from "./order.js";

/** Which copies of an actor may exist side by side for a while, since nodes could not see each other. */
export interface Overlap {
  /** Both run: the network was cut. */
  readonly running: boolean;
  /** One slept meanwhile, with what it had in its mailbox: a node was frozen. */
  readonly asleep: boolean;
  /** When two copies of an actor first knew of each other, by its id: a conflict was found. */
  readonly met: ReadonlyMap<string, number>;
}

/** The promises that, once broken, stay broken whatever comes after: P1, P2 (handled twice, or never sent) and P3. */
export function checkSafety(history: readonly HistoryEvent[], overlap: Overlap): string[] {
  const { running, asleep, met } = overlap;
  return [...checkActivation(history, running), ...checkOrder(history, running || asleep, met)];
}

/** What the faults of a history allow. */
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

/** The length of the shortest beginning of a history that breaks a safety promise; undefined when all of it keeps them. */
export function shortestFailing(history: readonly HistoryEvent[]): number | undefined {
  const overlap = epochsOverlap(history);
  const fails = (length: number): boolean => checkSafety(history.slice(0, length), overlap).length > 0;
  if (!fails(history.length)) return undefined;
  let keeps = 0;
  let breaks = history.length;
  while (breaks - keeps > 1) {
    const middle = Math.floor((keeps + breaks) / 2);
    if (fails(middle)) breaks = middle;
    else keeps = middle;
  }
  return breaks;
}
