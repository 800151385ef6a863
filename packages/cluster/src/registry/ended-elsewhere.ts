import type { ActorId, Epoch, RegistryChange, RegistryRecord } from "@process-hub/protocol";

/** Actors that this node still says it runs, and that have ended elsewhere under a later epoch: news by another way than the actor's own. */
export class EndedElsewhere {
  readonly #epochs = new Map<ActorId, Epoch>();

  /** Another node says that an actor has ended, of which this node says `own`. */
  note({ spec, state, epoch }: RegistryRecord, endedAt: Epoch): void {
    if (state === "running" && epoch < endedAt) this.#epochs.set(spec.id, endedAt);
  }

  /** This node speaks for the actor no longer. */
  forget(id: ActorId): void {
    this.#epochs.delete(id);
  }

  /** What this node is to say: where an actor went is no news when it has ended there. */
  heeded(change: RegistryChange): RegistryChange {
    if (change.op !== "put" || change.record.state === "running") return change;
    const { spec, epoch } = change.record;
    return epoch <= (this.#epochs.get(spec.id) ?? -1) ? { op: "drop", id: spec.id, epoch, ended: false } : change;
  }
}
