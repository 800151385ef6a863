/*
 * An actor that left this node may end on another node before this node has recorded the move: its end is remembered here.
 * Without it this node would publish a move to a place where the actor has ended already, and nobody would take that record back.
 */
import type { ActorId, Epoch, RegistryChange, RegistryRecord } from "@process-hub/protocol";

/** Actors that this node's records show as running here although they have ended on another node under a later epoch. */
export class EndedElsewhere {
  readonly #epochs = new Map<ActorId, Epoch>();

  /** Another node says that an actor has ended at an epoch; the first argument is this node's own record of it. */
  note({ spec, state, epoch }: RegistryRecord, endedAt: Epoch): void {
    if (state === "running" && epoch < endedAt) this.#epochs.set(spec.id, endedAt);
  }

  /** This node has no record of the actor any more. */
  forget(id: ActorId): void {
    this.#epochs.delete(id);
  }

  /** The change that this node may publish: a move to a place where the actor has ended becomes a drop. */
  heeded(change: RegistryChange): RegistryChange {
    if (change.op !== "put" || change.record.state === "running") return change;
    const { spec, epoch } = change.record;
    return epoch <= (this.#epochs.get(spec.id) ?? -1) ? { op: "drop", id: spec.id, epoch, ended: false } : change;
  }
}
