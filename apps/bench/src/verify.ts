/*
 * Checks what a contender gives back.
 * Without it a contender that loses work would look like a fast one.
 */

/** Throws when a reply is not the one that was to come. */
export function verify(reply: unknown, expected: unknown): void {
  if (reply !== expected) throw new Error(`expected ${String(expected)}, was given ${String(reply)}`);
}
