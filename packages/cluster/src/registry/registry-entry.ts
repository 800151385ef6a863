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
  type PlaceId,
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

/** So many places are known by their parts: more than a hub has, but for those that are gone. */
const placesKept = 4_096;

/** Makes entries of records. It keeps the parts of each place, which many actors share: reading them takes longer than the rest of an entry. */
export class Entries {
  readonly #places = new Map<PlaceId, Pick<Replica, "node" | "thread">>();

  /** The entry of the actor of this record, with its replicas on other nodes. Its metadata is frozen, or a copy. */
  of(record: RegistryRecord, replicaRecords: readonly ReplicaRecord[]): RegistryEntry {
    const { spec, waiting } = record;
    const { id, actor, tag } = spec;
    const metadata = handedOut(spec.metadata);
    const { node } = this.#parts(record.place);
    if (waiting === undefined) {
      const replicas = [this.#replica(record)];
      for (const beside of replicaRecords) if (nodeOf(beside.place) !== node) replicas.push(this.#replica(beside));
      return { id, actor, replicas, tag, metadata };
    }
    const { attempts, nextAtMs, error } = waiting;
    const { code, message } = error;
    return { id, actor, replicas: [], waiting: { node, attempts, nextAtMs, error: { code, message } }, tag, metadata };
  }

  #replica({ place, epoch, mode }: Pick<ReplicaRecord, "place" | "epoch" | "mode">): Replica {
    const { node, thread } = this.#parts(place);
    return { node, thread, epoch, mode };
  }

  #parts(place: PlaceId): Pick<Replica, "node" | "thread"> {
    const known = this.#places.get(place);
    if (known !== undefined) return known;
    const parts = { node: nodeOf(place), thread: threadOfPlace(place) };
    if (this.#places.size >= placesKept) this.#places.clear();
    this.#places.set(place, parts);
    return parts;
  }
}
