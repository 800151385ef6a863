/**
 * What nodes tell each other of the actors they host: records, replicas, ends.
 * Without one schema for it two nodes could read the same change in two ways, and their registries would differ.
 */
import { z } from "zod";
import { ChildSpec, Mode } from "./child.js";
import { Life } from "./life.js";
import { ActorId, Epoch, NodeName, PlaceId } from "./place.js";
import { GoneReason } from "./ties.js";
import { WireError } from "./wire-error.js";

/** Why an actor does not run yet, and when its node tries again; `nextAtMs` is by that node's clock, and for people to read alone. */
export const WaitingStart = z.strictObject({
  attempts: z.int().positive(),
  nextAtMs: z.number(),
  error: WireError,
  /** It crashed, so it begins with `init`, and not with what a replica knows. */
  anew: z.boolean().optional(),
  /** It has never run: it waits for a node that can run it. */
  fresh: z.boolean().optional(),
});
export type WaitingStart = z.infer<typeof WaitingStart>;

/**
 * What one node says of one actor it hosts, or hosted last. `moved` is said by a source that has handed the actor over,
 * until the target speaks for itself; `down` by a node whose thread died, or that tries to start the actor (`waiting`: it has failed to so
 * far), until the actor runs again.
 */
export const RegistryRecord = z.strictObject({
  spec: ChildSpec,
  place: PlaceId,
  epoch: Epoch,
  mode: Mode,
  life: Life,
  /** How many messages this life had handled when another life of the actor was met that had as many restarts. */
  handled: z.int().nonnegative().optional(),
  state: z.enum(["running", "moved", "down"]),
  waiting: WaitingStart.optional(),
});
export type RegistryRecord = z.infer<typeof RegistryRecord>;

/** What one node says of a replica it keeps beside the actor that runs elsewhere. `epoch`: the actor's when the replica began, or the replica's own. */
export const ReplicaRecord = z.strictObject({ id: ActorId, place: PlaceId, epoch: Epoch, mode: Mode });
export type ReplicaRecord = z.infer<typeof ReplicaRecord>;

/** A lineage of an actor ended, by its own doing or by order: no life of it may go on. `why`: absent, by a stop. */
export const Tombstone = z.strictObject({ id: ActorId, lineage: z.string().min(1), why: GoneReason.optional() });
export type Tombstone = z.infer<typeof Tombstone>;

/**
 * One change to what an author says: a record put, or taken back; a replica that stands beside an actor, or no longer does; the end of an
 * actor, said again by one who hosts the next of its id.
 * `ended`: the actor is no more, or lives on elsewhere; `lineage`: what ended with it, and must not come back; `why`: absent, by a stop.
 */
export const RegistryChange = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("put"), record: RegistryRecord }),
  z.strictObject({
    op: z.literal("drop"),
    id: ActorId,
    epoch: Epoch,
    ended: z.boolean(),
    lineage: z.string().min(1).optional(),
    why: GoneReason.optional(),
  }),
  z.strictObject({ op: z.literal("stand"), replicaRecord: ReplicaRecord }),
  z.strictObject({ op: z.literal("unstand"), id: ActorId }),
  z.strictObject({ op: z.literal("bury"), tombstone: Tombstone }),
]);
export type RegistryChange = z.infer<typeof RegistryChange>;

/** Changes `first`, `first + 1`, ... of one author in one of its incarnations. */
export const ChangeBatch = z.strictObject({
  author: NodeName,
  incarnation: z.string(),
  first: z.int().positive(),
  changes: z.array(RegistryChange),
});
export type ChangeBatch = z.infer<typeof ChangeBatch>;

/** How far an author has come in one of its incarnations: the number of its last change, 0 before the first. */
export const Head = z.strictObject({ author: NodeName, incarnation: z.string(), number: z.int().nonnegative() });
export type Head = z.infer<typeof Head>;

/**
 * A part of all that an author says as of change `number`; `last` closes it. `clock`: an epoch above all that it knows to be used up;
 * `ended`: what ended while the receiver may have been away.
 */
export const SnapshotPart = z.strictObject({
  author: NodeName,
  incarnation: z.string(),
  number: z.int().nonnegative(),
  clock: Epoch,
  part: z.int().nonnegative(),
  last: z.boolean(),
  records: z.array(RegistryRecord),
  ended: z.array(Tombstone).optional(),
  /** Those of this part. */
  replicaRecords: z.array(ReplicaRecord).optional(),
});
export type SnapshotPart = z.infer<typeof SnapshotPart>;
