/*
 * Checks promise P7: no mailbox holds more than its limit.
 * Without it a mailbox could grow without bound in some paths and no test would say so.
 */
import type { Waiting } from "@process-hub/actor";

/**
 * P7: the problem of an actor's mailbox at a place that holds more than its limit, and the messages of the actor's own timers (`ofTimers`), which
 * a full mailbox takes too; undefined for one that does not.
 */
export function overfull(
  { id, waiting }: Pick<Waiting, "id" | "waiting">,
  place: string,
  limit: number,
  ofTimers: () => number,
): string | undefined {
  if (waiting <= limit) return undefined;
  const timers = ofTimers();
  if (waiting - timers <= limit) return undefined;
  const beside = timers === 0 ? "" : ` beside ${timers} of its timers`;
  return `P7: the mailbox of ${id} at ${place} holds ${waiting - timers}${beside}, its limit is ${limit}`;
}
