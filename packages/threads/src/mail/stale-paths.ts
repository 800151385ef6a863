import type { Envelope } from "@process-hub/actor";
import { type ActorId, BoundedMap, type Epoch, type PlaceId } from "@process-hub/protocol";

/** How many are remembered: after more than that at once, what comes late by way of the oldest is taken as it comes. */
const remembered = 10_000;

/**
 * Places that write straight to here after they lost sight of one by way of which they had written before. That one may be frozen, or cut
 * off, with messages in it that it will pass on when it is back: those have been overtaken, and taken as they come they would be out of order.
 */
export class StalePaths {
  readonly #upTo: BoundedMap<string, Epoch>;

  constructor(limit = remembered) {
    this.#upTo = new BoundedMap(limit);
  }

  /** From now on `origin` writes straight to here: what comes from there by another way, for this epoch of the actor or an earlier one, is late. */
  note(id: ActorId, epoch: Epoch, origin: PlaceId): void {
    this.#upTo.set(key(id, origin), epoch);
  }

  /** True for a message that another place passed on, and that was written before its place began to write straight to here. */
  isLate(envelope: Envelope): boolean {
    if (this.#upTo.size === 0 || envelope.via === envelope.origin) return false;
    return envelope.epoch <= (this.#upTo.get(key(envelope.to, envelope.origin)) ?? -1);
  }
}

function key(id: ActorId, origin: PlaceId): string {
  return `${origin} ${id}`;
}
