import { type ActorId, BoundedMap } from "@process-hub/protocol";

/** How many are remembered: what one sent that left before the latest of these, and came back, is taken as if it had stayed. */
const remembered = 10_000;

/**
 * Actors that have left a place for another, those among them that are back as well: what they sent before may be older than what they sent
 * from there. Without it, mail that comes back would be sent again behind what they wrote later.
 */
export class Leavers {
  readonly #ids: BoundedMap<ActorId, true>;

  constructor(limit = remembered) {
    this.#ids = new BoundedMap(limit);
  }

  note(id: ActorId): void {
    this.#ids.set(id, true);
  }

  has(id: ActorId): boolean {
    return this.#ids.has(id);
  }
}
