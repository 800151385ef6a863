import type { HistoryEvent } from "../history.js";
import { checkActivation } from "./activation.js";
import { checkOrder } from "./order.js";

/** Which copies of an actor may exist side by side for a while, since nodes could not see each other. */
export interface Overlap {
  /** Both run: the network was cut. */
  readonly running: boolean;
  /** One slept meanwhile, with what it had in its mailbox: a node was frozen. */
  readonly asleep: boolean;
}

/** The promises that, once broken, stay broken whatever comes after: P1, P2 (handled twice, or never sent) and P3. */
export function checkSafety(history: readonly HistoryEvent[], overlap: Overlap): string[] {
  return [...checkActivation(history, overlap.running), ...checkOrder(history, overlap.running || overlap.asleep)];
}

/** What the faults of a history allow. */
export function epochsOverlap(history: readonly HistoryEvent[]): Overlap {
  const any = (fault: RegExp): boolean => history.some((event) => event.kind === "fault" && fault.test(event.what));
  return { running: any(/^cut/), asleep: any(/^freeze/) };
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
