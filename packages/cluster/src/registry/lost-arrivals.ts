/*
 * Keeps the word that an actor did not arrive at a thread of this node, when it comes before the record of the actor's move.
 * Without it that word would be forgotten, and the record would name a place where the actor does not run.
 */
import type { ActorId, Clock, Epoch, PlaceId, RegistryRecord, WireError } from "@process-hub/protocol";

interface Lost {
  readonly place: PlaceId;
  readonly epoch: Epoch;
  readonly error: WireError;
}

/**
 * Actors that were released towards a thread of this node and are not there. The record of the move may still be on its way through other
 * nodes, for as long as a link may take to deliver.
 */
export class LostArrivals {
  readonly #clock: Clock;
  readonly #forMs: number;
  readonly #byId = new Map<ActorId, Lost>();

  constructor(clock: Clock, forMs: number) {
    this.#clock = clock;
    this.#forMs = forMs;
  }

  /** A place says that an actor which was to come under an epoch is not there. */
  note(id: ActorId, place: PlaceId, epoch: Epoch, error: WireError): void {
    const lost = { place, epoch, error };
    this.#byId.set(id, lost);
    this.#clock.setTimeout(() => {
      if (this.#byId.get(id) === lost) this.#byId.delete(id);
    }, this.#forMs);
  }

  /** Why the actor is not at the place its record names; undefined when no place has reported that. Returned once. */
  take({ spec: { id }, place, epoch }: RegistryRecord): WireError | undefined {
    const lost = this.#byId.get(id);
    if (lost?.place !== place || lost.epoch !== epoch) return undefined;
    this.#byId.delete(id);
    return lost.error;
  }
}
