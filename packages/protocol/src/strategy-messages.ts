/**
 * What coordinators ask strategies, and what these answer: two unions for each family. They are the same in memory and over a MessagePort,
 * so a strategy can run in a thread of its own. Questions that change nothing are asked again without harm.
 * Without the schemas the hub would act on whatever a user's strategy returns.
 */
import { z } from "zod";
import { Mode } from "./child.js";
import { findUntravelable } from "./codec.js";
import { ActorId, NodeName } from "./place.js";
import { WireError } from "./wire-error.js";

/** How busy a node is, as it said last. */
export const NodeLoad = z
  .strictObject({
    /** The busiest of its threads' event loops, main thread included: 0 idle, 1 never idle. */
    eventLoop: z.number(),
    /** Messages that wait in mailboxes and on links. */
    queued: z.number(),
    actors: z.number(),
    /** The used share of the memory its process may have: 0 none, 1 all. */
    memory: z.number(),
  })
  .readonly();
export type NodeLoad = z.infer<typeof NodeLoad>;

/** One node that takes actors. */
export const ViewNode = z
  .strictObject({
    node: NodeName,
    /** Changes each time a node of this name starts. */
    incarnation: z.string(),
    /** How many worker threads it runs actors on. */
    threads: z.int().nonnegative(),
    joinedAtMs: z.number(),
    /** What it said of itself lately, oldest first; absent unless the distribution strategy asks for loads. */
    loads: z.array(NodeLoad).readonly().optional(),
  })
  .readonly();
export type ViewNode = z.infer<typeof ViewNode>;

/** What a strategy sees of the cluster: the nodes that take actors (a draining node is not among them), sorted by name, frozen. */
export const ClusterView = z.strictObject({ nodes: z.array(ViewNode).readonly() }).readonly();
export type ClusterView = z.infer<typeof ClusterView>;

/** What a distribution strategy may know of an actor that needs a place. */
export const Placeable = z
  .strictObject({
    id: ActorId,
    /** The name of its definition. */
    actor: z.string(),
    tag: z.string().optional(),
    /** The nodes its starter pinned it to; absent when it may run anywhere. */
    nodes: z.array(NodeName).readonly().optional(),
    /** The node that runs it now; absent for one that is to be started. */
    host: NodeName.optional(),
  })
  .readonly();
export type Placeable = z.infer<typeof Placeable>;

/** The number of a question, from 1 on. An answer of number 0 belongs to no question: its frame could not be read. */
const call = z.int().nonnegative();
const nodes = z.array(NodeName).readonly();
const memory = z.custom<unknown>((value) => findUntravelable(value) === undefined, "takes plain data that can travel");

/** The strategy failed: it threw, answered what it may not, or could not read the question. */
const failed = z.strictObject({ type: z.literal("error"), call, error: WireError });
/** The strategy's thread ended: no question that is still open will be answered. */
const gone = z.strictObject({ type: z.literal("gone"), error: WireError });

/** To a distribution strategy: where do these actors belong, and what is wrong with the way they are started? */
export const DistributionCall = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("place"),
    call,
    view: ClusterView,
    children: z.array(Placeable).readonly(),
    count: z.int().nonnegative(),
  }),
  z.strictObject({
    type: z.literal("check"),
    call,
    children: z.array(Placeable).readonly(),
    replicas: z.int().positive(),
  }),
]);
export type DistributionCall = z.infer<typeof DistributionCall>;

/** The answers of a distribution strategy. */
export const DistributionAnswer = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("place"),
    call,
    children: z.array(z.strictObject({ id: ActorId, owners: nodes, registrar: NodeName.optional() })),
  }),
  z.strictObject({
    type: z.literal("check"),
    call,
    children: z.array(z.strictObject({ id: ActorId, problem: z.string().optional() })),
  }),
  failed,
  gone,
]);
export type DistributionAnswer = z.infer<typeof DistributionAnswer>;

/** To a migration strategy: how do actors move? */
export const MigrationCall = z.discriminatedUnion("type", [z.strictObject({ type: z.literal("rules"), call })]);
export type MigrationCall = z.infer<typeof MigrationCall>;

/** The answers of a migration strategy. */
export const MigrationAnswer = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("rules"),
    call,
    mode: z.enum(["handoff", "restart"]),
    carryState: z.boolean(),
    confirm: z.boolean(),
    retentionMs: z.int().nonnegative(),
    batchSize: z.int().positive(),
  }),
  failed,
  gone,
]);
export type MigrationAnswer = z.infer<typeof MigrationAnswer>;

/** To a redundancy strategy: how many replicas, and which of these actors' owners run one in which mode? */
export const RedundancyCall = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("size"), call, view: ClusterView }),
  z.strictObject({
    type: z.literal("plan"),
    call,
    view: ClusterView,
    children: z.array(z.strictObject({ id: ActorId, owners: nodes })).readonly(),
  }),
]);
export type RedundancyCall = z.infer<typeof RedundancyCall>;

/** The answers of a redundancy strategy. */
export const RedundancyAnswer = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("size"), call, replicas: z.int().positive() }),
  z.strictObject({
    type: z.literal("plan"),
    call,
    children: z.array(z.strictObject({ id: ActorId, replicas: z.array(z.strictObject({ node: NodeName, mode: Mode })) })),
  }),
  failed,
  gone,
]);
export type RedundancyAnswer = z.infer<typeof RedundancyAnswer>;

/** To a synchronization strategy: who gets this batch of changes from here? */
export const SynchronizationCall = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("spread"), call, self: NodeName, peers: nodes, heard: nodes, seed: z.int().nonnegative() }),
]);
export type SynchronizationCall = z.infer<typeof SynchronizationCall>;

/** The answers of a synchronization strategy. */
export const SynchronizationAnswer = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("spread"), call, to: nodes }),
  failed,
  gone,
]);
export type SynchronizationAnswer = z.infer<typeof SynchronizationAnswer>;

/** "serve": run actors. "pause": stop them and refuse starts until the network is whole again. */
export const PartitionVerdict = z.enum(["serve", "pause"]);
export type PartitionVerdict = z.infer<typeof PartitionVerdict>;

/** To a partition strategy: may this side serve (with `remember`: after it has remembered this view), and what if the cluster has this size, what of what another member has told? */
export const PartitionCall = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("look"),
    call,
    view: ClusterView,
    memory,
    atMs: z.number(),
    remember: z.boolean(),
    /** The members that said goodbye since the last view that was remembered. */
    left: nodes.optional(),
  }),
  z.strictObject({ type: z.literal("reset"), call, memory, size: z.int().positive() }),
  /** Another member told what it remembers, in durations where this strategy keeps instants. */
  z.strictObject({ type: z.literal("learn"), call, memory, told: z.unknown(), atMs: z.number() }),
]);
export type PartitionCall = z.infer<typeof PartitionCall>;

/** The answers of a partition strategy. */
export const PartitionAnswer = z.discriminatedUnion("type", [
  /** `told`: what of the memory the other members are told. */
  z.strictObject({ type: z.literal("look"), call, verdict: PartitionVerdict, memory, told: z.unknown().optional() }),
  z.strictObject({ type: z.literal("reset"), call, memory }),
  z.strictObject({ type: z.literal("learn"), call, memory }),
  failed,
  gone,
]);
export type PartitionAnswer = z.infer<typeof PartitionAnswer>;

/** What can be asked of each family. */
export interface StrategyCalls {
  distribution: DistributionCall;
  migration: MigrationCall;
  redundancy: RedundancyCall;
  synchronization: SynchronizationCall;
  partition: PartitionCall;
}

/** What each family answers. */
export interface StrategyAnswers {
  distribution: DistributionAnswer;
  migration: MigrationAnswer;
  redundancy: RedundancyAnswer;
  synchronization: SynchronizationAnswer;
  partition: PartitionAnswer;
}

/** The five questions a hub lets strategies answer. */
export type StrategyFamily = keyof StrategyCalls;

/** The schema of what each family answers. */
export const strategyAnswers: { readonly [Family in StrategyFamily]: z.ZodType<StrategyAnswers[Family]> } = {
  distribution: DistributionAnswer,
  migration: MigrationAnswer,
  redundancy: RedundancyAnswer,
  synchronization: SynchronizationAnswer,
  partition: PartitionAnswer,
};

/** One end of a channel to a strategy. What comes may be garbage: both ends check. */
export interface StrategyPort {
  /** To the other end, in order. Nothing happens when the channel is closed. */
  post(message: unknown): void;
  /** Called with each message of the other end. One listener at a time. */
  onMessage(listener: (message: unknown) => void): void;
  close(): void;
}
