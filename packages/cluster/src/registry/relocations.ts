import type { ActorId, Epoch, PlaceId, RegistryRecord } from "@process-hub/protocol";

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
  readonly #tell: (relocations: readonly Relocation[]) => void;
  #gathered: Relocation[] = [];

  constructor(tell: (relocations: readonly Relocation[]) => void) {
    this.#tell = tell;
  }

  note({ spec, epoch, place }: RegistryRecord): void {
    if (this.#gathered.length === 0) {
      queueMicrotask(() => {
        const gathered = this.#gathered;
        this.#gathered = [];
        this.#tell(gathered);
      });
    }
    this.#gathered.push({ id: spec.id, epoch, place });
  }
}
