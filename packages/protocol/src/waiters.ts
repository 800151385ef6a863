/**
 * Those who wait for one thing to happen, woken all at once, in the order they came.
 * Without it each holder swaps and drains a list of its own, and one that waits anew while the others wake is woken with them.
 */
import type { Clock } from "./clock.js";

/** Promises that `release` resolves. */
export class Waiters {
  /** Made when the first one waits: most never have one. */
  #waiting: Set<() => void> | undefined;

  /** How many wait. */
  get size(): number {
    return this.#waiting?.size ?? 0;
  }

  /** Has `wake` called at the next release. */
  add(wake: () => void): void {
    this.#waiting ??= new Set();
    this.#waiting.add(wake);
  }

  /** Resolves at the next release. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.add(resolve));
  }

  /** Resolves true at the next release, false when `deadlineMs` have passed without one. */
  waitWithin(clock: Clock, deadlineMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const released = (): void => {
        timer.cancel();
        resolve(true);
      };
      const timer = clock.setTimeout(() => {
        this.#waiting?.delete(released);
        resolve(false);
      }, deadlineMs);
      this.add(released);
    });
  }

  /** Wakes all that wait now. A wait that begins during the call is for the next release. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const wake of waiting ?? []) wake();
  }
}
