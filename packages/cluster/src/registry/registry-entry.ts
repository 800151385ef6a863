/*
 * The public form of a record, as `lookup` and `list` return it.
 * Without it users would read the records of the protocol, and break whenever those change.
 */
import {
  type Epoch,
  handedOut,
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

/** An actor that could not be started again so far: who tries, how often it has failed, when the next try is (by that node's clock), and why. */
export interface StartWait {
  readonly node: NodeName;
  readonly attempts: number;
  readonly nextAtMs: number;
  readonly error: { readonly code?: string | number | undefined; readonly message: string };
}

/** An actor as `lookup` and `list` show it. */
export interface RegistryEntry {
  readonly id: string;
  /** The name of its definition. */
  readonly actor: string;
  /** Where it runs, its own place first; none while it waits for its next start. */
  readonly replicas: readonly Replica[];
  /** Present while its start fails, and is tried again. */
  readonly waiting?: StartWait | undefined;
  readonly tag?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** The entry of the actor of this record, with its replicas on other nodes. Its metadata is frozen, or a copy. */
export function entryOf(record: RegistryRecord, replicaRecords: readonly ReplicaRecord[]): RegistryEntry {
  const { spec, place, waiting } = record;
  const beside = replicaRecords.filter((replicaRecord) => nodeOf(replicaRecord.place) !== nodeOf(place));
  const { id, actor, tag } = spec;
  const metadata = handedOut(spec.metadata);
  if (waiting === undefined) return { id, actor, replicas: [record, ...beside].map(replica), tag, metadata };
  const { attempts, nextAtMs, error } = waiting;
  const { code, message } = error;
  return {
    id,
    actor,
    replicas: [],
    waiting: { node: nodeOf(place), attempts, nextAtMs, error: { code, message } },
    tag,
    metadata,
  };
}

function replica({ place, epoch, mode }: Pick<ReplicaRecord, "place" | "epoch" | "mode">): Replica {
  return { node: nodeOf(place), thread: threadOfPlace(place), epoch, mode };
}
