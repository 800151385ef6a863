/**
 * How long to wait before something that failed is tried again: longer each time, with jitter.
 * Without it a thousand actors whose store is away would ask it again a thousand times in each millisecond, all at once.
 */
import type { Random } from "./random.js";

/** The shortest pause between two tries, in milliseconds. */
export const minPauseMs = 10;

/** The longest pause between two tries, in milliseconds. */
export const maxPauseMs = 5_000;

/**
 * The pause after the `failures`th failure in a row (1, 2, ...), in milliseconds: it doubles from 10 up to 5,000, and chance takes away up
 * to half of it, so that those that failed together do not try again together.
 */
export function backoffMs(failures: number, random: Pick<Random, "next">): number {
  const fullMs = Math.min(maxPauseMs, minPauseMs * 2 ** (failures - 1));
  return fullMs * (1 - random.next() / 2);
}
