/*
 * Tells the senders of this node where actors went, a turn's worth at a time, before they write again.
 * Without it their messages would take the way through places that actors have left, and be lost when one of these dies.
 */
import { type ActorId, type Epoch, type PlaceId, type RegistryRecord, TurnBatch } from "@process-hub/protocol";

/** The new place of one actor. */
export interface Relocation {
  readonly id: ActorId;
  readonly epoch: Epoch;
  readonly place: PlaceId;
}

/**
 * Gathers the relocations of one turn, and tells of them together.
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
