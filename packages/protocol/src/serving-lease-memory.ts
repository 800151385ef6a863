/**
 * How a node's serving lease lies in the memory that its threads share: until when it lasts, by each clock of the machine.
 * Without it the threads of a machine that was suspended would take the lease for as fresh as it was before.
 */
import type { Clock } from "./clock.js";

/** True while handlers may begin: neither clock has passed the instant that is written for it (0: by `Clock.now`, 1: by `Clock.wallMs`). */
export function leaseHolds(until: Float64Array, nowMs: number, clock: Pick<Clock, "wallMs">): boolean {
  return nowMs <= (until[0] ?? 0) && clock.wallMs() <= (until[1] ?? Number.POSITIVE_INFINITY);
}
