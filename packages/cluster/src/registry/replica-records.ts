/*
 * The records of replicas, kept apart from the records of who runs an actor.
 * Without it a replica would count as a rival of its actor, become an orphan when its node dies, or settle a move.
 */
import type { ActorId, NodeName, ReplicaRecord } from "@process-hub/protocol";

/** The replicas of an actor that has none. */
const none: readonly ReplicaRecord[] = Object.freeze([]);

/**
 * The replicas that stand beside actors, by actor and by the node that keeps them. Each node publishes its own replicas alone.
 */
export class ReplicaRecords {
  readonly #byId = new Map<ActorId, Map<NodeName, ReplicaRecord>>();

  /** An actor's replicas, in the order of their nodes' names. */
  of(id: ActorId): readonly ReplicaRecord[] {
    const held = this.#byId.get(id);
    if (held === undefined) return none;
    return [...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, replicaRecord]) => replicaRecord);
  }

  /** An actor's replica on a node. */
  at(author: NodeName, id: ActorId): ReplicaRecord | undefined {
    return this.#byId.get(id)?.get(author);
  }

  /** All replicas of one node. */
  by(author: NodeName): ReplicaRecord[] {
    return [...this.#byId.values()].flatMap((held) => held.get(author) ?? []);
  }

  stand(author: NodeName, replicaRecord: ReplicaRecord): void {
    const held = this.#byId.get(replicaRecord.id) ?? new Map<NodeName, ReplicaRecord>();
    this.#byId.set(replicaRecord.id, held.set(author, replicaRecord));
  }

  /** Removes a node's replica of an actor. Returns its record; undefined when there was none. */
  unstand(author: NodeName, id: ActorId): ReplicaRecord | undefined {
    const held = this.#byId.get(id);
    const replicaRecord = held?.get(author);
    held?.delete(author);
    if (held?.size === 0) this.#byId.delete(id);
    return replicaRecord;
  }
}
