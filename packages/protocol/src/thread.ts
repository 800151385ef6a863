/**
 * Threads as their host sees them: five verbs and a control, the same for a worker thread and for one in the calling thread.
 * Without this interface a hub would know what kind of thread it runs on, and could not be simulated.
 */
import { z } from "zod";
import { ChildSpec, Mode, type SpecUpdate } from "./child.js";
import type { Bytes } from "./codec.js";
import { type Outcome, ReplicaState } from "./frames.js";
import type { Jobs } from "./jobs.js";
import { Life } from "./life.js";
import { MoveWhy } from "./move-why.js";
import type { Packet } from "./packet.js";
import { ActorId, Epoch, PlaceId } from "./place.js";
import type { Refusal, WireError } from "./wire-error.js";

/** The schema of figures in shared memory, by name: see `BytesSchema`. */
export interface FiguresSchema extends z.ZodType<Float64Array> {}

const Figures: FiguresSchema = z.custom<Float64Array>((value) => value instanceof Float64Array, "takes a Float64Array");

/** Bounds and times that a thread works by. */
export const ThreadSettings = z.strictObject({
  mailbox: z.int().positive(),
  actorWindow: z.int().positive(),
  tasks: z.int().positive(),
  linkWindow: z.int().positive(),
  linkLetters: z.int().positive(),
  forwardings: z.int().positive(),
  /** The most bytes of messages that wait for actors without a place; absent: there is no limit. */
  heldBytes: z.number().positive().optional(),
  restartMax: z.int().nonnegative(),
  restartWithinMs: z.number().positive(),
  askTimeoutMs: z.number().positive(),
  handoffTimeoutMs: z.number().positive(),
  initTimeoutMs: z.number().positive(),
  stuckAfterMs: z.number().positive(),
  deliveryMs: z.number().positive(),
  markerRetryMs: z.number().positive(),
  evacuationLookMs: z.number().positive(),
  /** The largest message, reply, state or actor on its way, in encoded bytes; absent: there is no limit. */
  messageBytes: z.number().positive().optional(),
  /** Which replicas hear of their mode; absent: none. */
  signals: z.enum(["none", "active", "passive", "all"]).optional(),
  /** Passive replicas receive the active one's state after each message; absent: they do not. */
  standby: z.boolean().optional(),
  /** What becomes of the thread after an error that nobody handles; absent: it goes on. */
  onUnhandled: z.enum(["log", "exit", "replace"]).optional(),
  /** How many of an actor's standbys have its state before its replies, and all else it sent, leave; absent: none. */
  acknowledge: z.enum(["none", "standby", "majority"]).optional(),
});
export type ThreadSettings = z.infer<typeof ThreadSettings>;

/** Where an actor's definition is to be found. */
export const ActorModule = z.strictObject({ name: z.string(), module: z.string() });
export type ActorModule = z.infer<typeof ActorModule>;

/** The first message to a thread. */
export const ThreadBoot = z.strictObject({
  hub: z.string(),
  place: PlaceId,
  main: PlaceId,
  settings: ThreadSettings,
  actors: z.array(ActorModule),
  counters: Figures,
  /** What the thread's own chance begins with; absent: the same for all. */
  seed: z.int().optional(),
  /** Until when handlers may begin, by each clock (`leaseHolds`), in memory that the main thread writes; without it there is no end. */
  lease: Figures.optional(),
});
export type ThreadBoot = z.infer<typeof ThreadBoot>;

/** An order to start an actor. */
export const StartOrder = z.strictObject({
  spec: ChildSpec,
  epoch: Epoch,
  life: Life,
  /** The actor had begun before: what this thread keeps of it goes on, or `standby` where that is later. Absent: it begins with `init`. */
  promote: z.boolean().optional(),
  standby: ReplicaState.optional(),
});
export type StartOrder = z.infer<typeof StartOrder>;

/** An order to keep a replica of an actor that runs elsewhere, or, for one that is kept already, to follow it to another place. */
export const StandOrder = z.strictObject({ spec: ChildSpec, active: PlaceId, epoch: Epoch, mode: Mode });
export type StandOrder = z.infer<typeof StandOrder>;

/** An order to move actors to another place. */
export const MoveOrder = z.strictObject({
  saga: z.string(),
  ids: z.array(ActorId),
  to: PlaceId,
  batchSize: z.int().positive(),
  /** Orders of one lane are parts of one move: to one place they have no more actors under way together than a batch. Default: the saga. */
  lane: z.string().optional(),
  /** How long the source keeps each actor after its transfer while the target has not loaded it; `handoffTimeoutMs` bounds it in any case. */
  retentionMs: z.number().positive().optional(),
  /** How long an actor's handler in hand may go on; `handoffTimeoutMs` bounds it in any case. */
  sealMs: z.number().positive().optional(),
  /** The node of the actors is about to leave: what they have sent is not waited for longer than `sealMs`. Otherwise it would keep them until they end. */
  leaves: z.boolean().optional(),
  /** Its actors are asked whether it suits them; absent: they are not. */
  why: MoveWhy.optional(),
  /** How long each may put it off. */
  maxDeferMs: z.number().nonnegative().optional(),
  /** Default true: a move is done when the target says that it runs the actor. False: when the source has let it go. */
  confirm: z.boolean().optional(),
  /** The kinds of which the target has an older version, with that: their states go down to it. */
  older: z.array(z.tuple([z.string(), z.int().positive()])).optional(),
});
export type MoveOrder = z.infer<typeof MoveOrder>;

/** The error of each actor of a batch that failed, by its position; the others are done. */
export interface Failure {
  readonly index: number;
  readonly error: WireError;
}

/** What an actor that had run before goes on from, when that is a replica. */
export interface ReplicaOrigin {
  /** How many messages the actor had handled in its place when it sent the state; absent: the replica served by itself. */
  readonly handled?: number;
  /** See `ReplicaState`. */
  readonly earlier?: true;
}

/** The word on an order of a batch, by its position: it failed, or its actor goes on from a replica. No word: it began with `init`. */
export type StartWord = Failure | { readonly index: number; readonly error?: undefined; readonly replica: ReplicaOrigin };

/** How many actors a page of `present` has. */
export const presentPage = 1_000;

/** The control calls to a thread: low rate, for batches. What fails is in the answer; a rejected call means the thread is gone. */
export interface ThreadControl {
  start(orders: readonly StartOrder[]): Promise<readonly StartWord[]>;
  /** Ends what began by orders that were given up, since no answer came: each is started on another thread. */
  cancelStarts(orders: readonly { readonly id: ActorId; readonly epoch: Epoch }[]): Promise<void>;
  /**
   * One that is on its way out ends here, unless it was committed. `toGoOn`: they are to start elsewhere: those on their way out arrive first; and
   * before this resolves what follows them has their last state, and what they sent has arrived, if these are within reach; else it is refused.
   * `why`: they pause, and this is what the senders of messages that wait in them hear; default `ActorStopped`. What those that are to start
   * again had last is kept here as a passive replica, where states are.
   */
  stop(ids: readonly ActorId[], deadlineMs: number, toGoOn?: boolean, why?: Refusal): Promise<readonly Failure[]>;
  move(order: MoveOrder): Promise<readonly Outcome[]>;
  /** Ends one of two lives of an actor, by its name; what it knew is in the answer. */
  yieldDuplicate(id: ActorId, life: string, deadlineMs: number): Promise<YieldedDuplicate>;
  /** Merges the state of the duplicate that ended into the actor that runs here. The error, if there was one. */
  mergeDuplicate(id: ActorId, state: Bytes, deadlineMs: number): Promise<WireError | undefined>;
  /** How many messages the lives of actors that are here have handled, in the order of the ids; undefined for one that is not here. */
  handled(ids: readonly ActorId[]): Promise<readonly (number | undefined)[]>;
  /** Changes what is told of an actor that is here. False when it is not, or is on its way to another place: then nothing has changed. */
  redescribe(id: ActorId, update: SpecUpdate): Promise<boolean>;
  /** True for an actor that is here, or on its way, and not about to end. */
  isThere(id: ActorId): Promise<boolean>;
  depths(): Promise<ThreadDepths>;
  /** The actors that were here, on their way in included, when the first page (0) was asked for: page by page, the last one is not full. */
  present(page: number): Promise<readonly Present[]>;
  /** Has the thread report those of these actors that run here, as it did when they arrived. */
  sayAgain(ids: readonly ActorId[]): Promise<void>;
  /** Keeps replicas, each beside its actor. */
  stand(orders: readonly StandOrder[]): Promise<readonly Failure[]>;
  /**
   * Ends replicas, each by the epoch that it was ordered or kept under. Those that are not kept here are left out, and so is what an actor left
   * here since.
   */
  unstand(replicas: readonly { readonly id: ActorId; readonly epoch: Epoch }[]): Promise<void>;
  /** Has passive replicas ask their actors to be let go; the thread reports those that are (`retired`). They are kept until they are ended. */
  retire(ids: readonly ActorId[]): Promise<void>;
  /** The newest state that this thread keeps of each, where it has one. */
  standbys(ids: readonly ActorId[]): Promise<readonly ReplicaState[]>;
}

/** An actor as its thread has it. */
export interface Present {
  readonly id: ActorId;
  readonly epoch: Epoch;
  /** False while it begins, arrives, leaves or ends. */
  readonly running: boolean;
}

/** The state that a duplicate yielded at its end, or why there is none. */
export interface YieldedDuplicate {
  /** Its last state, as it travels; none when it was not there any more, or its state cannot travel: then `error` says why. */
  readonly state?: Bytes | undefined;
  /** True when the survivor is to merge it into its own. */
  readonly merges: boolean;
  readonly error?: WireError | undefined;
}

/** Each verb of a control: a missing one is a compile error. */
const verbs: Readonly<Record<keyof ThreadControl, true>> = {
  start: true,
  cancelStarts: true,
  stop: true,
  move: true,
  yieldDuplicate: true,
  mergeDuplicate: true,
  handled: true,
  redescribe: true,
  isThere: true,
  depths: true,
  present: true,
  sayAgain: true,
  stand: true,
  unstand: true,
  retire: true,
  standbys: true,
};

/** The control of a thread as it crosses: each verb takes the bytes of its arguments' list, and gives those of its result. */
export type ControlPort = Readonly<Record<keyof ThreadControl, (args: Bytes) => Promise<Bytes>>>;

/** The names a control port lets through: every verb. */
export const threadControlNames: readonly (keyof ThreadControl)[] = Object.keys(verbs) as (keyof ThreadControl)[];

/** How much a thread holds at this moment. */
export interface ThreadDepths {
  readonly actors: number;
  readonly mailboxes: number;
  readonly forwardings: number;
  readonly routes: number;
  readonly heldEnvelopes: number;
}

/** Why a thread ended: told to, or the error that ended it. */
export type ThreadExit = { readonly kind: "stopped" } | { readonly kind: "died"; readonly error: Error };

/** One thread. */
export interface Thread {
  readonly place: PlaceId;
  /** Resolves with its control when its actor modules are loaded; rejects when that fails or takes too long. */
  start(): Promise<ThreadControl>;
  /** Hands it a packet. Nothing happens when it has ended. */
  send(packet: Packet): void;
  /** Called with every packet it sends to or by way of the host, in order. */
  onMessage(listener: (packet: Packet) => void): void;
  /** Called once, after the last message. */
  onExit(listener: (exit: ThreadExit) => void): void;
  /** Ends it, gently at first, by force after `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>;
}

/** The threads of one node. */
export interface Threads {
  /** Runs CPU-heavy work away from the threads of the actors. */
  readonly jobs: Jobs;
  /** A thread that is not started yet. */
  spawn(boot: ThreadBoot): Thread;
  /** A direct link between two started threads. */
  connect(a: Thread, b: Thread): void;
  /** Ends what is left. */
  close(): Promise<void>;
}
