/**
 * What a thread and its own main thread tell each other, one union for each direction.
 * Without the split no switch could be asked for a missing arm: each would have to leave out what goes the other way.
 */
import { z } from "zod";
import { ChildSpec } from "./child.js";
import { Bytes } from "./codec.js";
import { HubCall } from "./hub-calls.js";
import { Life } from "./life.js";
import { MoveWhy } from "./move-why.js";
import { ActorId, Epoch, NodeName, PlaceId } from "./place.js";
import { GoneReason } from "./ties.js";
import { WireError } from "./wire-error.js";

/** A dead letter: what was not delivered, and why. `count` stands for messages that can only be counted. */
export const DeadLetter = z.strictObject({
  to: ActorId.nullable(),
  message: z.string().nullable(),
  sender: ActorId.nullable(),
  reason: z.string(),
  detail: z.string(),
  count: z.int().positive(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

/** A node, and the kinds of actors whose states it cannot keep: it does not have them, or in an older version. */
const Unfit = z.strictObject({ node: NodeName, kinds: z.array(z.string()) });

/** What a main thread tells one of its threads. */
export const ToThreadFrame = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("resolved"),
    routes: z.array(z.strictObject({ id: ActorId, place: PlaceId.nullable(), epoch: Epoch })),
  }),
  z.strictObject({ type: z.literal("placeDown"), place: z.string(), error: WireError }),
  /** All threads are drained of a dead one: they have taken in all that came from there, and the part they passed on has arrived. */
  z.strictObject({ type: z.literal("placeDrained"), place: PlaceId }),
  z.strictObject({ type: z.literal("placeUp"), place: z.string() }),
  z.strictObject({
    type: z.literal("relocated"),
    actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch, place: PlaceId })),
  }),
  z.strictObject({ type: z.literal("renumber"), actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch })) }),
  /** A node is about to leave: no actor is to move there any more. */
  z.strictObject({ type: z.literal("leaving"), node: z.string() }),
  z.strictObject({ type: z.literal("evacuate"), node: z.string() }),
  /** An actor of this node is to have so many standbys at most, each on one of these nodes. */
  z.strictObject({
    type: z.literal("standbyPlan"),
    most: z.int().nonnegative(),
    nodes: z.array(NodeName),
    unfit: z.array(Unfit),
    /** Kinds with a redundancy of their own, and how many an actor of each is to have at most; absent: there are none. */
    kinds: z.array(z.strictObject({ actor: z.string(), most: z.int().nonnegative() })).optional(),
  }),
  z.strictObject({ type: z.literal("startedChild"), call: z.int().positive(), error: WireError.optional() }),
  /** The answer to a start of many: those that have not started, by their index. */
  z.strictObject({
    type: z.literal("startedChildren"),
    call: z.int().positive(),
    failed: z.array(z.strictObject({ index: z.int().nonnegative(), error: WireError })),
  }),
  /** The answer to a call of one of its actors. */
  z.strictObject({ type: z.literal("hubAnswer"), call: z.int().positive(), value: z.unknown(), error: WireError.optional() }),
  /** An actor that its actors watch: the lineage that runs; or that it is gone (`lineage`: which; absent: there is none of the id). */
  z.strictObject({ type: z.literal("watching"), id: ActorId, lineage: z.string() }),
  z.strictObject({ type: z.literal("gone"), id: ActorId, reason: GoneReason, lineage: z.string().optional() }),
  z.strictObject({
    type: z.literal("jobDone"),
    call: z.int().positive(),
    output: Bytes.optional(),
    error: WireError.optional(),
  }),
]);
export type ToThreadFrame = z.infer<typeof ToThreadFrame>;

const Arrived = z.strictObject({ spec: ChildSpec, epoch: Epoch, life: Life });

/** An error that nobody handled: a promise rejected, or something was thrown outside of all handlers. */
export const UnhandledKind = z.enum(["rejection", "exception"]);
export type UnhandledKind = z.infer<typeof UnhandledKind>;

/** A handler threw: whose, on which message of whom, and what its actor did then. */
const HandlerFailure = z.strictObject({
  id: ActorId,
  actor: z.string(),
  message: z.string(),
  sender: ActorId.nullable(),
  asked: z.boolean(),
  error: WireError,
  outcome: z.enum(["resume", "restart", "stop"]),
});
export type HandlerFailure = z.infer<typeof HandlerFailure>;

/** What a thread tells its main thread. */
export const ToMainFrame = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("resolve"), ids: z.array(ActorId) }),
  z.strictObject({ type: z.literal("postedToDead"), place: PlaceId, posted: z.int().nonnegative() }),
  /** The thread is drained of a dead one: it has taken in all that came from there, and the part it passed on has arrived. */
  z.strictObject({ type: z.literal("drainReported"), place: PlaceId }),
  z.strictObject({ type: z.literal("evacuated"), node: z.string() }),
  z.strictObject({ type: z.literal("arrived"), actors: z.array(Arrived) }),
  z.strictObject({ type: z.literal("departed"), actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch, place: PlaceId })) }),
  /** The thread keeps what actors had that left it or ended in it, to go on elsewhere. `place`: where each went; this thread's, where none knows. */
  z.strictObject({ type: z.literal("kept"), actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch, place: PlaceId })) }),
  /** Replicas here that were to retire: their actors have others that have what these have. */
  z.strictObject({ type: z.literal("retired"), ids: z.array(ActorId) }),
  z.strictObject({ type: z.literal("renumbered"), actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch })) }),
  z.strictObject({ type: z.literal("ended"), id: ActorId, epoch: Epoch, reason: z.string(), error: WireError.optional() }),
  z.strictObject({ type: z.literal("restarted"), id: ActorId, epoch: Epoch, error: WireError }),
  /** An actor put off its move, for `deferMs` now and `forMs` before; or it moves unasked, since that was the most. */
  z.strictObject({
    type: z.literal("moveDeferred"),
    id: ActorId,
    to: NodeName,
    why: MoveWhy,
    deferMs: z.number().nonnegative(),
    forMs: z.number().nonnegative(),
    forced: z.boolean(),
  }),
  z.strictObject({ type: z.literal("stuck"), id: ActorId, message: z.string(), forMs: z.number() }),
  z.strictObject({ type: z.literal("deadLetters"), envelopes: z.array(DeadLetter) }),
  /** Handlers threw in one turn: the first of them, and how many more did. */
  z.strictObject({ type: z.literal("handlersFailed"), failures: z.array(HandlerFailure), more: z.int().nonnegative() }),
  /** An error in the thread that nobody handled, and the actors that ran last, the latest first: one of them may have left it behind. */
  z.strictObject({ type: z.literal("unhandled"), kind: UnhandledKind, error: WireError, ids: z.array(ActorId) }),
  z.strictObject({ type: z.literal("badFrame"), peer: z.string(), error: z.string() }),
  /** Invariants that did not hold in the thread, in one turn, by their words. */
  z.strictObject({
    type: z.literal("invariantsBroken"),
    broken: z.array(z.strictObject({ words: z.string(), times: z.int().positive(), detail: z.string().optional() })),
  }),
  z.strictObject({
    type: z.literal("log"),
    level: z.enum(["debug", "info", "warn", "error"]),
    id: ActorId,
    message: z.string(),
    data: z.unknown(),
  }),
  z.strictObject({ type: z.literal("startChildren"), call: z.int().positive(), specs: z.array(ChildSpec) }),
  /** `get`: one that is there already is as good. */
  z.strictObject({ type: z.literal("startChild"), call: z.int().positive(), spec: ChildSpec, get: z.literal(true).optional() }),
  /** Its actors watch this one (`lineage`: the one that they meant), or do not any more. */
  z.strictObject({ type: z.literal("watch"), id: ActorId, lineage: z.string().optional() }),
  z.strictObject({ type: z.literal("unwatch"), id: ActorId }),
  /** One of its actors asks something of the hub. */
  z.strictObject({ type: z.literal("hubCall"), call: z.int().positive(), asks: HubCall }),
  z.strictObject({ type: z.literal("job"), call: z.int().positive(), module: z.string(), input: Bytes }),
  z.strictObject({ type: z.literal("jobAbort"), call: z.int().positive() }),
]);
export type ToMainFrame = z.infer<typeof ToMainFrame>;

/** Either: where both directions travel. */
export const ServiceFrame = z.discriminatedUnion("type", [ToThreadFrame, ToMainFrame]);
export type ServiceFrame = ToThreadFrame | ToMainFrame;

const toThread: Readonly<Record<ToThreadFrame["type"], true>> = {
  resolved: true,
  placeDown: true,
  placeDrained: true,
  placeUp: true,
  relocated: true,
  renumber: true,
  leaving: true,
  evacuate: true,
  standbyPlan: true,
  startedChild: true,
  startedChildren: true,
  hubAnswer: true,
  watching: true,
  gone: true,
  jobDone: true,
};

/** True for what a main thread says to a thread; false for what a thread says to its main thread. */
export function isToThread(frame: ServiceFrame): frame is ToThreadFrame {
  return Object.hasOwn(toThread, frame.type);
}
