import type { ActorId } from "@process-hub/protocol";

const pruneFrom = 1024;

/**
 * Whom an actor wrote to, and when last. Entries older than a link's delivery time go, so its size follows what is on the way.
 * Without it a move would have to wait for every actor that this one ever wrote to, or for none, and lose the order of its messages.
 */
export class RecentRecipients extends Map<ActorId, number> {
  readonly #deliveryMs: number;
  #pruneAt = pruneFrom;

  constructor(deliveryMs: number) {
    super();
    this.#deliveryMs = deliveryMs;
  }

  note(id: ActorId, nowMs: number): void {
    this.set(id, nowMs);
    if (this.size < this.#pruneAt) return;
    for (const [other, atMs] of this) if (nowMs - atMs > this.#deliveryMs) this.delete(other);
    this.#pruneAt = Math.max(pruneFrom, this.size * 2);
  }
}
