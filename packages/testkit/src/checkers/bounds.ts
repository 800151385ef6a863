/*
 * Checks promise P7: no mailbox holds more than its limit.
 * Without it a mailbox could grow without bound in some paths and no test would say so.
 */
/** P7: the problem of an actor's mailbox at a place that holds more than its limit; undefined for one that does not. */
export function overfull(id: string, place: string, waiting: number, limit: number): string | undefined {
  return waiting > limit ? `P7: the mailbox of ${id} at ${place} holds ${waiting}, its limit is ${limit}` : undefined;
}
