/**
 * A deadline for what an actor's own code promises.
 * Without it an `init`, a hook or a `prepare` that never ends would hold its actor, and all that wait for it, for good.
 */
import { AskTimeout, type Clock } from "@process-hub/protocol";
import type { CellCore } from "./cell-core.js";

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

/** What a hook of an actor settles to, or an `AskTimeout` that names it: none may take longer than an `init`, nor than `atMostMs`. */
export function hookInTime<T>(
  { id, host }: Pick<CellCore, "id" | "host">,
  hook: string,
  work: PromiseLike<T>,
  atMostMs = Number.POSITIVE_INFINITY,
): Promise<T> {
  const ms = Math.min(host.limits.initTimeoutMs, atMostMs);
  return inTime(work, host.clock, ms, () => new AskTimeout(`${hook} of actor ${id} did not end within ${ms} ms`, { id }));
}
