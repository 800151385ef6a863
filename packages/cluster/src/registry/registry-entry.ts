/*
 * The public form of a record, as `lookup` and `list` return it.
 * Without it users would read the records of the protocol, and break whenever those change.
 */
import {
  type Epoch,
  type Mode,
  type NodeName,
  nodeOf,
  type RegistryRecord,
  type ReplicaRecord,
  threadOfPlace,
} from "@process-hub/protocol";

/** Where one replica of an actor runs. */
export interface Replica {
  readonly node: NodeName;
  readonly thread: number;
  readonly epoch: Epoch;
  readonly mode: Mode;
}

/** An actor as `lookup` and `list` show it. */
export interface RegistryEntry {
  readonly id: string;
  /** The name of its definition. */
  readonly actor: string;
  readonly replicas: readonly Replica[];
  readonly tag?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** The entry of the actor of this record, with its replicas on other nodes. */
export function entryOf(record: RegistryRecord, replicaRecords: readonly ReplicaRecord[]): RegistryEntry {
  const { spec, place } = record;
  const beside = replicaRecords.filter((replicaRecord) => nodeOf(replicaRecord.place) !== nodeOf(place));
  return {
    id: spec.id,
    actor: spec.actor,
    replicas: [record, ...beside].map(replica),
    tag: spec.tag,
    metadata: spec.metadata,
  };
}

function replica({ place, epoch, mode }: Pick<ReplicaRecord, "place" | "epoch" | "mode">): Replica {
  return { node: nodeOf(place), thread: threadOfPlace(place), epoch, mode };
}
