import type { ActorId, Clock, Epoch, PlaceId, RegistryRecord, WireError } from "@process-hub/protocol";

interface Lost {
  readonly place: PlaceId;
  readonly epoch: Epoch;
  readonly error: WireError;
}

/**
 * Actors that were let go towards a thread of this node and are not there, before the news of their move has come: that may be on its way
 * by other nodes, for as long as a link may take to deliver.
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

  /** Why the actor is not where a record says it went; undefined when nothing says so. Told once. */
  take({ spec: { id }, place, epoch }: RegistryRecord): WireError | undefined {
    const lost = this.#byId.get(id);
    if (lost?.place !== place || lost.epoch !== epoch) return undefined;
    this.#byId.delete(id);
    return lost.error;
  }
}
