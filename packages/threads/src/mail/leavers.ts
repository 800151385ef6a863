import type { ActorId } from "@process-hub/protocol";

/** How many are remembered: what one sent that left before the latest of these, and came back, is taken as if it had stayed. */
const remembered = 10_000;

/** Actors that have left a place for another, those among them that are back as well: what they sent before may be older than what they sent from there. */
export class Leavers {
  readonly #ids = new Set<ActorId>();
  readonly #limit: number;

  constructor(limit = remembered) {
    this.#limit = limit;
  }

  note(id: ActorId): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size <= this.#limit) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      break;
    }
  }

  has(id: ActorId): boolean {
    return this.#ids.has(id);
  }
}
