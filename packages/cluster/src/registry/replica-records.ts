import type { ActorId, NodeName, ReplicaRecord } from "@process-hub/protocol";

/**
 * The replicas that stand beside actors, by actor and by the node that keeps them, which alone speaks for its own. They are kept apart from
 * the records of who runs an actor: a replica is nobody's rival, is never an orphan, and settles no move.
 */
export class ReplicaRecords {
  readonly #byId = new Map<ActorId, Map<NodeName, ReplicaRecord>>();

  /** An actor's replicas, in the order of their nodes' names. */
  of(id: ActorId): ReplicaRecord[] {
    const held = this.#byId.get(id);
    if (held === undefined) return [];
    return [...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, replicaRecord]) => replicaRecord);
  }

  /** An actor's replica on a node. */
  at(author: NodeName, id: ActorId): ReplicaRecord | undefined {
    return this.#byId.get(id)?.get(author);
  }

  /** All that one node says. */
  by(author: NodeName): ReplicaRecord[] {
    return [...this.#byId.values()].flatMap((held) => held.get(author) ?? []);
  }

  stand(author: NodeName, replicaRecord: ReplicaRecord): void {
    const held = this.#byId.get(replicaRecord.id) ?? new Map<NodeName, ReplicaRecord>();
    this.#byId.set(replicaRecord.id, held.set(author, replicaRecord));
  }

  /** What a node said of a replica, which it says no longer; undefined when it did not. */
  unstand(author: NodeName, id: ActorId): ReplicaRecord | undefined {
    const held = this.#byId.get(id);
    const replicaRecord = held?.get(author);
    held?.delete(author);
    if (held?.size === 0) this.#byId.delete(id);
    return replicaRecord;
  }
}
