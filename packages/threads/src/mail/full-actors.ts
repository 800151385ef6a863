import type { ActorId, PlaceId } from "@process-hub/protocol";

/**
 * The actors that have said to this place: no more for now. Most of the time there are none.
 * Without it a place would learn that an actor is slow from the messages that were lost on it.
 */
export class FullActors {
  /** By the places that said so: an actor that moved may be full where it was and where it is. */
  readonly #saidBy = new Map<ActorId, Set<PlaceId>>();

  /** How many. */
  get size(): number {
    return this.#saidBy.size;
  }

  has(id: ActorId): boolean {
    return this.#saidBy.has(id);
  }

  /** The places where it is full. */
  placesOf(id: ActorId): readonly PlaceId[] {
    return [...(this.#saidBy.get(id) ?? [])];
  }

  /** The actor is full at a place. */
  add(id: ActorId, place: PlaceId): void {
    const places = this.#saidBy.get(id);
    if (places === undefined) this.#saidBy.set(id, new Set([place]));
    else places.add(place);
  }

  /** The actor has room at a place, or is not there any more. True when it is full nowhere now, and was. */
  delete(id: ActorId, place: PlaceId): boolean {
    const places = this.#saidBy.get(id);
    if (places?.delete(place) !== true || places.size > 0) return false;
    return this.#saidBy.delete(id);
  }

  /** Places are down: what they said counts no more. */
  forget(isDown: (place: PlaceId) => boolean): void {
    for (const [id, places] of this.#saidBy) for (const place of places) if (isDown(place)) this.delete(id, place);
  }
}
