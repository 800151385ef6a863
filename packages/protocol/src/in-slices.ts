/*
 * Works through a long list a slice at a time, one in each turn of the event loop.
 * Without it a batch of 100,000 actors would hold up its node for a second, heartbeats included.
 */
import type { Clock } from "./clock.js";

/** So many actors are worked on in one turn of the event loop. */
export const sliceSize = 1_000;

/** So many are few: the turn in hand may take them as well. */
const few = 100;

/**
 * Undefined for few; else resolves in a later turn, which is nobody else's. Answers for many actors that come at once would otherwise be worked
 * on in one turn, however small each of them is.
 */
export function ownTurn(clock: Pick<Clock, "defer">, count: number): Promise<void> | undefined {
  if (count <= few) return undefined;
  return new Promise((resolve) => void clock.defer(resolve));
}

/**
 * Gives a list to `work` in slices: the first at once, each other one in a turn of its own, in order. Undefined when one slice was all there
 * was; else resolves when `work` has had the last one, and rejects with what it throws.
 */
export function inSlices<T>(
  clock: Pick<Clock, "defer">,
  items: readonly T[],
  work: (slice: readonly T[]) => void,
  size = sliceSize,
): Promise<void> | undefined {
  if (items.length <= size) {
    work(items);
    return undefined;
  }
  return new Promise((resolve, reject) => {
    const from = (start: number): void => {
      try {
        work(items.slice(start, start + size));
        if (start + size >= items.length) resolve();
        else clock.defer(() => from(start + size));
      } catch (error) {
        reject(error);
      }
    };
    from(0);
  });
}
