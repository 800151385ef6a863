/*
 * Sums of a thread's counters in the words of `hub.stats()`: the fates of messages, and how many the thread holds.
 * Without it loads and stats would sum in two ways, and a node could look idle to one and busy to the other.
 */
import type { CounterName } from "@process-hub/protocol";
import type { ThreadGroup } from "./thread-group.js";

/** Messages by what became of them. `sent` counts each once, at its maker; the others each once, where it ended. */
export interface MessageFates {
  readonly sent: number;
  readonly handled: number;
  readonly refused: number;
  readonly expired: number;
  readonly deadLettered: number;
}

/** The fates of messages, read from counters. */
export function fates(read: (name: CounterName) => number): MessageFates {
  return {
    sent: read("sent"),
    handled: read("handled"),
    refused: read("refused"),
    expired: read("expired"),
    deadLettered: read("deadLettered"),
  };
}

/** The messages that a thread holds, in mailboxes or on their way out. */
export function queued(counters: Record<CounterName, number>): number {
  const { handled, refused, expired, deadLettered } = fates((name) => counters[name]);
  return counters.received + counters.sent - handled - refused - expired - deadLettered - counters.posted;
}

/** The messages that the threads of a node hold. */
export function queuedMessages(group: Pick<ThreadGroup, "figures">): number {
  return group.figures().living.reduce((sum, { counters }) => sum + queued(counters), 0);
}
