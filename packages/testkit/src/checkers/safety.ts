/*
 * The promises that stay broken once they are broken: P1, half of P2, and P3.
 * Without it an error could not show the shortest beginning of a history that is wrong already.
 */
import type { HistoryEvent } from "../history.js";
import { checkActivation } from "./activation.js";
import { checkOrder } from "./order.js";
import { epochsOverlap, type Overlap } from "./overlap.js";

/** The promises that, once broken, stay broken whatever comes after: P1, P2 (handled twice, or never sent) and P3. */
export function checkSafety(history: readonly HistoryEvent[], overlap: Overlap): string[] {
  const { running, asleep, met } = overlap;
  return [...checkActivation(history, running), ...checkOrder(history, running || asleep, met)];
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
