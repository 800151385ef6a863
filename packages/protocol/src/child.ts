/**
 * What starts an actor anywhere: its spec, its restart policy, the mode of a replica.
 * Without one schema a restart, a move and a takeover could each start the actor in another way.
 */
import { z } from "zod";
import { ActorId, Epoch, NodeName, PlaceId, Text } from "./place.js";

/** When an ended actor is started again: always, only after a failure, or never. */
export const RestartPolicy = z.enum(["permanent", "transient", "temporary"]);
export type RestartPolicy = z.infer<typeof RestartPolicy>;

const Metadata = z.record(z.string(), z.unknown());

/** All that is needed to start an actor anywhere: kept in every registry and carried by every move. */
export const ChildSpec = z.strictObject({
  id: ActorId,
  actor: Text.min(1),
  args: z.unknown(),
  tag: Text.optional(),
  metadata: Metadata.optional(),
  restart: RestartPolicy.default("permanent"),
  nodes: z.array(NodeName).min(1).optional(),
  /** Where no node can run it, it waits for one that can. */
  whenPossible: z.boolean().optional(),
  /** The actor that has started it, and with which it ends. */
  linked: ActorId.optional(),
  /** It belongs to its one node, starts there by itself, and ends with it: `placement: "node"`. */
  bound: z.literal(true).optional(),
});
export type ChildSpec = z.infer<typeof ChildSpec>;

/** A change to what is told of an actor: what is absent stays as it is, null takes it away, and anything else takes its place as a whole. */
export const SpecUpdate = z
  .strictObject({ tag: Text.nullable().optional(), metadata: Metadata.nullable().optional() })
  .refine(({ tag, metadata }) => tag !== undefined || metadata !== undefined, "takes a tag, metadata, or both");
export type SpecUpdate = z.infer<typeof SpecUpdate>;

/** A spec after a change. */
export function updatedSpec(spec: ChildSpec, { tag, metadata }: SpecUpdate): ChildSpec {
  const { tag: oldTag, metadata: oldMetadata, ...rest } = spec;
  const now = { tag: tag === undefined ? oldTag : tag, metadata: metadata === undefined ? oldMetadata : metadata };
  return { ...rest, ...(now.tag == null ? {} : { tag: now.tag }), ...(now.metadata == null ? {} : { metadata: now.metadata }) };
}

/** What a replica does: serve, or stand by. */
export const Mode = z.enum(["active", "passive"]);
export type Mode = z.infer<typeof Mode>;

/** Where one replica of an actor runs. */
export const Placement = z.strictObject({ id: ActorId, place: PlaceId, epoch: Epoch, mode: Mode });
export type Placement = z.infer<typeof Placement>;
