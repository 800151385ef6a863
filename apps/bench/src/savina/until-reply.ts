/*
 * Waits for a result that an actor has only when others have told it theirs.
 * Without it programs that end by tells alone could not say when they are done.
 */
import { setTimeout as pause } from "node:timers/promises";

const betweenMs = 2;

/** Asks again until the reply is not `undefined`. The runner bounds the wait. */
export async function untilReply<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const reply = await ask();
    if (reply !== undefined) return reply;
    await pause(betweenMs);
  }
}
