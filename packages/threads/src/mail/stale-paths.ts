import type { Envelope } from "@process-hub/actor";
import { type ActorId, BoundedMap, type Epoch, type PlaceId } from "@process-hub/protocol";

/** How many are remembered: after more than that at once, what comes late by way of the oldest is taken as it comes. */
const remembered = 10_000;

/**
 * The places that write straight to here after they lost sight of a place in between. That place may be frozen, or cut off, and pass on
 * old messages when it is back. Without this list those would be handled after later ones of the same sender.
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
