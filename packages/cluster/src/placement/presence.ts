/*
 * Whether an actor is there, where, and why not: from the registry here, else from the node that admits its id.
 * Without one answer to it a watch, or a subscription, would take a move, a fail-over or a lost question for the end of its actor.
 */
import {
  type ActorId,
  type Epoch,
  type GoneReason,
  lineageOf,
  type NodeName,
  type PlaceId,
  type RegistryRecord,
} from "@process-hub/protocol";
import type { Known, Located } from "./lookup-queue.js";

/** What is known of an actor: the lineage that runs, with its place when it has one just now; that it is gone; or nothing yet. */
export type Presence =
  | { readonly lineage: string; readonly at?: { readonly place: PlaceId; readonly epoch: Epoch } }
  | { readonly gone: GoneReason }
  | "unknown";

/** An actor as it was known last. */
export interface LastKnown {
  readonly lineage?: string | undefined;
  readonly place?: PlaceId | undefined;
}

/** Where presence is read from. */
export interface PresencePorts {
  readonly registry: {
    current(id: ActorId): RegistryRecord | undefined;
    whyEnded(lineage: string): GoneReason | undefined;
    readonly orphans: { get(id: ActorId): Pick<RegistryRecord, "life"> | undefined };
  };
  readonly locate: (id: ActorId) => Located;
  /** The other node to ask; undefined when that is this node. */
  readonly owner: (id: ActorId) => NodeName | undefined;
  readonly askOwner: (owner: NodeName, ids: readonly ActorId[]) => Promise<Known>;
  readonly reaches: (place: PlaceId) => boolean;
}

/** Looks for an actor. A question that is lost is no answer: then nothing is known yet. */
export async function presenceOf(ports: PresencePorts, id: ActorId, last: LastKnown = {}): Promise<Presence> {
  const known = here(ports, id, last);
  if (known !== undefined && known !== "another") return known;
  const owner = ports.owner(id);
  if (owner !== undefined) {
    try {
      const { records, pending } = await ports.askOwner(owner, [id]);
      if (records.some((record) => isAnother(record, last))) return { gone: whyGone(ports, last) };
      if (records.length > 0 || pending.length > 0) return sure(here(ports, id, last)) ?? "unknown";
    } catch {
      return "unknown";
    }
  }
  return sure(here(ports, id, last)) ?? { gone: whyGone(ports, last) };
}

/** What this node knows, unless its registry may lag behind: the node that admits the id knows better. */
function sure(known: Presence | "another" | undefined): Presence | undefined {
  return known === "another" ? undefined : known;
}

function isAnother({ life }: Pick<RegistryRecord, "life">, { lineage }: LastKnown): boolean {
  return lineage !== undefined && lineage !== lineageOf(life);
}

/** What this node knows by itself; undefined: it knows of no such actor; "another": one that may be later, or earlier, than the one meant. */
function here(ports: PresencePorts, id: ActorId, last: LastKnown): Presence | "another" | undefined {
  const { registry, locate, reaches } = ports;
  const record = registry.current(id);
  const lives = record ?? registry.orphans.get(id);
  if (lives === undefined) return locate(id) === undefined ? undefined : "unknown";
  const lineage = lineageOf(lives.life);
  if (isAnother(lives, last))
    return registry.whyEnded(last.lineage ?? "") === undefined ? "another" : { gone: whyGone(ports, last) };
  if (record === undefined || record.state === "down" || !reaches(record.place)) return { lineage };
  return { lineage, at: { place: record.place, epoch: record.epoch } };
}

function whyGone({ registry, reaches }: PresencePorts, { lineage, place }: LastKnown): GoneReason {
  if (lineage === undefined) return "NotFound";
  const why = registry.whyEnded(lineage);
  if (why !== undefined) return why;
  return place !== undefined && !reaches(place) ? "NodeDown" : "Stop";
}
