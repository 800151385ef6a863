/*
 * Says in the log whose mailboxes were full, a line a second at most.
 * Without it messages that are lost since their actor is slower than its senders would be seen by those alone who listen for dead letters.
 */
import type { ActorId, Clock } from "@process-hub/protocol";
import type { Log } from "../events/hub-events.js";

const everyMs = 1_000;
/** So many actors are named in a line. */
const namedActors = 5;

/** What it says it with, and when. */
export interface FullMailboxesPorts {
  readonly clock: Pick<Clock, "setTimeout">;
  readonly log: Log;
}

/** Counts the messages that full mailboxes turned away, by actor. */
export class FullMailboxes {
  readonly #ports: FullMailboxesPorts;
  #lost = new Map<ActorId, number>();

  constructor(ports: FullMailboxesPorts) {
    this.#ports = ports;
  }

  /** A message was a dead letter since the mailbox of its actor was full. */
  note(to: ActorId): void {
    if (this.#lost.size === 0) this.#ports.clock.setTimeout(() => this.#say(), everyMs);
    this.#lost.set(to, (this.#lost.get(to) ?? 0) + 1);
  }

  #say(): void {
    const lost = [...this.#lost].sort(([, a], [, b]) => b - a);
    this.#lost = new Map();
    const total = lost.reduce((sum, [, count]) => sum + count, 0);
    const named = lost.slice(0, namedActors).map(([id, count]) => `${id} (${count})`);
    const others = lost.length > namedActors ? ` and ${lost.length - namedActors} more` : "";
    const text = `${total} messages were turned away within a second since mailboxes were full: of ${named.join(", ")}${others}; a sender that waits for \`ready()\` when \`tell\` is false loses none`;
    this.#ports.log("warn", text);
  }
}
