import { type ActorId, type Epoch, type PlaceId, type RegistryRecord, TurnBatch } from "@process-hub/protocol";

/** What is told of one actor that went elsewhere. */
export interface Relocation {
  readonly id: ActorId;
  readonly epoch: Epoch;
  readonly place: PlaceId;
}

/**
 * Tells the senders of this node where actors went, a turn's worth at a time, so that their routes do not wait for the next message:
 * what goes the long way round, by the places an actor has left, is lost when one of those dies.
 */
export class Relocations {
  readonly #gathered: TurnBatch<Relocation>;

  constructor(tell: (relocations: readonly Relocation[]) => void) {
    this.#gathered = new TurnBatch(tell);
  }

  note({ spec, epoch, place }: RegistryRecord): void {
    this.#gathered.add({ id: spec.id, epoch, place });
  }
}
