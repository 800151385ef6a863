/**
 * A deadline for what an actor's own code promises.
 * Without it an `init`, a hook or a `prepare` that never ends would hold its actor, and all that wait for it, for good.
 */
import type { Clock } from "@process-hub/protocol";

/** What `work` settles to, or a rejection with what `late` makes when that takes longer than `ms`. What it settles to later counts for nothing. */
export function inTime<T>(work: PromiseLike<T>, clock: Clock, ms: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(late()), ms);
    const settled =
      <V>(settle: (value: V) => void) =>
      (value: V): void => {
        timer.cancel();
        settle(value);
      };
    work.then(settled(resolve), settled(reject));
  });
}
