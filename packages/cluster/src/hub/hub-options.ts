/*
 * The schemas and checks of the arguments that the hub's calls take.
 * Without it a wrong argument would fail deep inside another room, with an error that does not name it.
 */
import { isActorDefinition, type TypedActor } from "@process-hub/actor";
import { type ActorId, checkId, HubConfigError, isAbortSignal, NodeName, shown } from "@process-hub/protocol";
import { z } from "zod";

const timeoutMs = z.number().positive().optional();

/** What `startChildren` takes, with its defaults. */
export const StartOptionsSchema = z.strictObject({
  onFailure: z.enum(["continue", "rollback"]).default("continue"),
  checkExisting: z.boolean().default(true),
  timeoutMs,
  signal: z.custom<AbortSignal>((value) => value === undefined || isAbortSignal(value), "takes an AbortSignal").optional(),
});

/** What `stop` and `stopChildren` take. */
export const StopOptionsSchema = z.strictObject({ timeoutMs });

const deadlineMs = z.number().positive().optional();

/** What `drain` takes. */
export const DrainOptionsSchema = z.strictObject({
  deadlineMs,
  perSecond: z.number().positive().optional(),
  force: z.boolean().default(false),
});

/** What `close` takes. */
export const CloseOptionsSchema = z.strictObject({ deadlineMs });

/** What `resetClusterSize` takes. */
export const ClusterSizeSchema = z.strictObject({ size: z.int().positive() });

const thread = z.int().nonnegative().optional();

/** Where `move` may move to. */
export const MoveTargetSchema = z
  .strictObject({ node: NodeName.optional(), thread })
  .refine((to) => to.node !== undefined || to.thread !== undefined, "takes a node, a thread, or both");

/** Where `moveAll` may move to. */
export const MoveAllTargetSchema = z.strictObject({ node: NodeName, thread });

const actorName = z.union(
  [z.string().min(1), z.custom<TypedActor>(isActorDefinition).transform(({ name }) => name)],
  "takes an actor's definition, or its name",
);

/** What `list` and `entries` may be asked for. */
export const ListQuery = z.union(
  [
    z.enum(["global", "local"]),
    z.strictObject({
      actor: actorName.optional(),
      tag: z.string().optional(),
      metadata: z.record(z.string(), z.unknown()).optional(),
      node: NodeName.optional(),
    }),
  ],
  'takes "global", "local", or an object with any of actor, tag, metadata, node',
);

const to = z.enum(["all", "others"]).default("all");

/** What `broadcast` takes. */
export const BroadcastOptionsSchema = z.strictObject({ to });

/** What `collect` takes. */
export const CollectOptionsSchema = z.strictObject({ to, timeoutMs });

/** What `settled` takes. */
export const SettledOptionsSchema = z.strictObject({ timeoutMs, signal: StartOptionsSchema.shape.signal });

/** What `update` may be bounded by. */
export const UpdateOptionsSchema = z.strictObject({ timeoutMs });

/** Throws `HubConfigError` when a value is not an actor's definition. */
export function checkedActor(call: string, actor: unknown): void {
  if (isActorDefinition(actor)) return;
  const allowed = "an actor's definition, as defineActor returns it";
  throw new HubConfigError(`${call}: the first argument is ${allowed}; given: ${shown(actor)}`, {
    path: "actor",
    given: shown(actor),
    allowed,
  });
}

/** The id of an actor, checked. */
export function checkedId(call: string, id: unknown): ActorId {
  checkId(`hub.${call}`, id);
  return id;
}

/** Checks that an argument is an array: a text would be taken character by character. */
export function checkedList<T>(call: string, path: string, list: readonly T[]): readonly T[] {
  if (Array.isArray(list)) return list;
  const given = shown(list);
  throw new HubConfigError(`hub.${call}: ${path}: takes an array; given: ${given}`, { path, given, allowed: "an array" });
}
