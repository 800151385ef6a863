/**
 * What travels between places (threads, main threads included), in batches.
 * The hot kinds are tuples, kind first; all others are objects told apart by `type`.
 * Without one schema for all of them a thread would act on bytes that it misread.
 */
import { z } from "zod";
import { ChildSpec } from "./child.js";
import { Bytes } from "./codec.js";
import { EventFrame } from "./event-frames.js";
import { Header } from "./header.js";
import { Life } from "./life.js";
import { isFramedPayload } from "./payload.js";
import { ActorId, Epoch, PlaceId } from "./place.js";
import { ServiceFrame } from "./service-frames.js";
import { Ties } from "./ties.js";
import { WireError } from "./wire-error.js";

/** The kinds of the hot frames: the first element of their tuples. */
export const FrameKind = {
  envelope: 0,
  reply: 1,
  marker: 2,
  markerMet: 3,
  moved: 4,
  bounced: 5,
  credit: 6,
  stalePath: 7,
  askHere: 8,
  room: 9,
  waits: 10,
  widen: 11,
  withdraw: 12,
  wentOn: 13,
  waitsFor: 14,
  item: 15,
  more: 16,
  value: 17,
} as const;

/** A payload in its frame: bytes, or a plain value. */
const FramedPayload = z.union([Bytes, z.unknown().refine(isFramedPayload, "takes a value that msgpack has as it is")]);

/** A message to an actor: to, epoch of the route it was sent by, message name, payload, origin (null: the sending place), sending actor, ask number (0: a tell), ask's time left in ms (0: none), the kind of actor it is meant for (null: any), header. */
export const EnvelopeFrame = z.tuple([
  z.literal(FrameKind.envelope),
  ActorId,
  Epoch,
  z.string(),
  FramedPayload,
  PlaceId.nullable(),
  ActorId.nullable(),
  z.int().nonnegative(),
  z.number().nonnegative(),
  z.string().nullable().optional(),
  Header.optional(),
]);
export type EnvelopeFrame = z.infer<typeof EnvelopeFrame>;

/** The answer to an ask: ask number, epoch that answered, payload of the reply or the error. */
export const ReplyFrame = z.tuple([z.literal(FrameKind.reply), z.int().positive(), Epoch, z.union([Bytes, WireError])]);
export type ReplyFrame = z.infer<typeof ReplyFrame>;

/** The answer to an ask that is a plain value: ask number, epoch that answered, the reply. */
export const ValueFrame = z.tuple([z.literal(FrameKind.value), z.int().positive(), Epoch, FramedPayload]);
export type ValueFrame = z.infer<typeof ValueFrame>;

/** Asks "has all I sent to this actor by this route been delivered?": to, epoch of the route, number, the place that asks. Travels as a message does. */
export const MarkerFrame = z.tuple([z.literal(FrameKind.marker), ActorId, Epoch, z.int().positive(), PlaceId]);
export type MarkerFrame = z.infer<typeof MarkerFrame>;

/** The answer to a marker, from where it met the running actor: actor, marker's number. */
export const MarkerMetFrame = z.tuple([z.literal(FrameKind.markerMet), ActorId, z.int().positive()]);
export type MarkerMetFrame = z.infer<typeof MarkerMetFrame>;

/** Tells a sender where the epoch it used went: actor, new epoch, new place. */
export const MovedFrame = z.tuple([z.literal(FrameKind.moved), ActorId, Epoch, PlaceId]);
export type MovedFrame = z.infer<typeof MovedFrame>;

/**
 * A message or marker back to its origin, because the place does not have its epoch, with the newest place known; true when it had arrived,
 * in the mailbox of a duplicate that then yielded to another.
 */
export const BouncedFrame = z.tuple([
  z.literal(FrameKind.bounced),
  z.union([EnvelopeFrame, MarkerFrame]),
  PlaceId.nullable(),
  Epoch,
  z.boolean(),
]);
export type BouncedFrame = z.infer<typeof BouncedFrame>;

/** How many messages from the receiving place have left the sender's mailboxes since the link began. */
export const CreditFrame = z.tuple([z.literal(FrameKind.credit), z.int().nonnegative()]);
export type CreditFrame = z.infer<typeof CreditFrame>;

/** The sending place lost sight of a place in between, and writes straight from now on: what it wrote to the actor by way of others, up to this epoch, is late. */
export const StalePathFrame = z.tuple([z.literal(FrameKind.stalePath), ActorId, Epoch]);
export type StalePathFrame = z.infer<typeof StalePathFrame>;

/**
 * Tells the origin of an ask that it is here now, with its actor or after it, under this epoch: ask number, epoch, actor; true: its answer is
 * owed, and others stand by for it, so that it does not end with this place.
 */
export const AskHereFrame = z.tuple([
  z.literal(FrameKind.askHere),
  z.int().positive(),
  Epoch,
  ActorId,
  z.literal(true).optional(),
]);
export type AskHereFrame = z.infer<typeof AskHereFrame>;

/** Tells a place that writes to an actor whether there is room for more in its mailbox. */
export const RoomFrame = z.tuple([z.literal(FrameKind.room), ActorId, z.boolean()]);
export type RoomFrame = z.infer<typeof RoomFrame>;

/**
 * An actor (null: a main thread) waits for room at this one, which passes the question on to those it waits for itself: actor that is full, actor
 * that waits, its place, number of the question. When it comes back to who asked, they wait for each other.
 */
export const WaitsFrame = z.tuple([z.literal(FrameKind.waits), ActorId, ActorId.nullable(), PlaceId, z.int().positive()]);
export type WaitsFrame = z.infer<typeof WaitsFrame>;

/** Actors wait for each other: this one is to take in more than its window. */
export const WidenFrame = z.tuple([z.literal(FrameKind.widen), ActorId]);
export type WidenFrame = z.infer<typeof WidenFrame>;

/** An ask of the sending place is aborted: actor, epoch it was last sent by, ask number. It leaves the mailbox, or its handler is to end. */
export const WithdrawFrame = z.tuple([z.literal(FrameKind.withdraw), ActorId, Epoch, z.int().positive()]);
export type WithdrawFrame = z.infer<typeof WithdrawFrame>;

/** The answer to a withdrawal that came to where the actor is no more: actor, epoch and place that it went on to, ask number. */
export const WentOnFrame = z.tuple([z.literal(FrameKind.wentOn), ActorId, Epoch, PlaceId, z.int().positive()]);
export type WentOnFrame = z.infer<typeof WentOnFrame>;

/** So many asks may wait for each other in a row and be found: one that waits for more is left to its timeout. */
export const pathSteps = 64;

/** An ask that waits: the actor that asked, its place, the number of the ask there. */
export const AskStep = z.tuple([ActorId, PlaceId, z.int().positive()]);
export type AskStep = z.infer<typeof AskStep>;

/**
 * Does the last of these asks, which was sent to this actor, wait for the first? Each waits for the next: passed on along the asks that the actor
 * waits for itself. When it comes back to where it began, they wait for each other, and one is refused: the index of that one so far.
 */
export const WaitsForFrame = z.tuple([
  z.literal(FrameKind.waitsFor),
  ActorId,
  z.array(AskStep).min(1).max(pathSteps),
  z.int().nonnegative().nullable(),
]);
export type WaitsForFrame = z.infer<typeof WaitsForFrame>;

/** An item of a stream, for its reader: actor, number of the ask that opened it, epoch, index; null with index 0: it has begun. */
export const ItemFrame = z.tuple([
  z.literal(FrameKind.item),
  ActorId,
  z.int().positive(),
  Epoch,
  z.int().nonnegative(),
  Bytes.nullable(),
]);
export type ItemFrame = z.infer<typeof ItemFrame>;

/** The reader of a stream has room for so many items more: actor, number of the ask that opened it, items. */
export const MoreFrame = z.tuple([z.literal(FrameKind.more), ActorId, z.int().positive(), z.int().positive()]);
export type MoreFrame = z.infer<typeof MoreFrame>;

/** Items of a stream that may be on their way, or wait for their reader, at a time. */
export const streamWindow = 32;

const FrozenTimer = z.strictObject({
  key: z.string(),
  inMs: z.number(),
  name: z.string(),
  payload: Bytes,
  header: Header.optional(),
  everyMs: z.number().positive().optional(),
  cron: z.strictObject({ expression: z.string(), timeZone: z.string().optional(), atMs: z.number() }).optional(),
});

/** An ask that was handled, and whose answer the actor owes; `leftMs`: of its time, 0 when that does not end. */
export const OwedReply = z.strictObject({
  name: z.string(),
  origin: PlaceId,
  sender: ActorId.nullable(),
  ask: z.int().positive(),
  leftMs: z.number().nonnegative(),
});
export type OwedReply = z.infer<typeof OwedReply>;

/** An actor with everything it has, on its way to another place. */
export const ActorSnapshot = z.strictObject({
  spec: ChildSpec,
  epoch: Epoch,
  state: Bytes,
  mailbox: z.array(EnvelopeFrame),
  /** The messages of this actor to others that have no place just now: they have not left yet, and go with their sender. */
  unsent: z.array(EnvelopeFrame).optional(),
  timers: z.array(FrozenTimer),
  owed: z.array(OwedReply).optional(),
  /** Absent: there are none. */
  ties: Ties.optional(),
  life: Life,
  /** How many messages this life has handled. */
  handled: z.int().nonnegative(),
  sealedAtMs: z.number(),
});
export type ActorSnapshot = z.infer<typeof ActorSnapshot>;

const Outcome = z.strictObject({ id: ActorId, epoch: Epoch, error: WireError.optional() });
const Saga = z.string();

/** The result for one actor of a batch at one place: done, or the error. */
export type Outcome = z.infer<typeof Outcome>;

/** One actor that its source has handed over; `envelopes`: how many waited in its mailbox, and are the target's from here on. */
const Committed = z.strictObject({ id: ActorId, epoch: Epoch, envelopes: z.int().nonnegative() });

/** The steps of a handoff between two places, each for a batch of actors: see the life of a move in ARCHITECTURE.md. */
export const HandoffFrame = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("reserve"),
    saga: Saga,
    actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch, actor: z.string() })),
  }),
  z.strictObject({ type: z.literal("reserved"), saga: Saga, outcomes: z.array(Outcome) }),
  z.strictObject({ type: z.literal("transfer"), saga: Saga, snapshots: z.array(ActorSnapshot) }),
  z.strictObject({ type: z.literal("loaded"), saga: Saga, outcomes: z.array(Outcome) }),
  z.strictObject({ type: z.literal("commit"), saga: Saga, actors: z.array(Committed) }),
  z.strictObject({ type: z.literal("running"), saga: Saga, actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch })) }),
  z.strictObject({ type: z.literal("abort"), saga: Saga, actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch })) }),
]);
export type HandoffFrame = z.infer<typeof HandoffFrame>;

/** The state of an actor after a message, as a passive replica keeps it. */
export const ReplicaState = z.strictObject({
  id: ActorId,
  epoch: Epoch,
  /** How many messages its actor had handled in its place: of one epoch the higher is the later state. */
  sequence: z.int().nonnegative(),
  state: Bytes,
  timers: z.array(FrozenTimer),
  owed: z.array(OwedReply).optional(),
  /** Absent: there are none. */
  ties: Ties.optional(),
  /** None has come from where its actor ran last, so far as the replica knows: what the actor handled there is not in it. */
  earlier: z.literal(true).optional(),
});
export type ReplicaState = z.infer<typeof ReplicaState>;

/** Whether the first of two states of an actor is the later one. */
export function isLaterState(a: ReplicaState, b: ReplicaState): boolean {
  return a.epoch === b.epoch ? a.sequence > b.sequence : a.epoch > b.epoch;
}

/** What a passive replica and its active one tell each other, from thread to thread. */
export const ReplicaFrame = z.discriminatedUnion("type", [
  /** Send me the state of these after each message, as long as they run where you are. */
  z.strictObject({ type: z.literal("follow"), ids: z.array(ActorId) }),
  z.strictObject({ type: z.literal("unfollow"), ids: z.array(ActorId) }),
  /** I am not to follow these any more: count on me no longer, and let me go when the others have what I have. */
  z.strictObject({ type: z.literal("retire"), ids: z.array(ActorId) }),
  /** The others have it: what you keep of these is needed no more. */
  z.strictObject({ type: z.literal("letGo"), ids: z.array(ActorId) }),
  z.strictObject({ type: z.literal("states"), states: z.array(ReplicaState) }),
  z.strictObject({
    type: z.literal("statesTaken"),
    taken: z.array(z.strictObject({ id: ActorId, epoch: Epoch, sequence: z.int().nonnegative() })),
  }),
]);
export type ReplicaFrame = z.infer<typeof ReplicaFrame>;

/** Anything that travels between places. A frame that comes is checked by `checkedFrame`, which tries no schema but its own. */
export const Frame = z.union([
  EnvelopeFrame,
  ReplyFrame,
  ValueFrame,
  MarkerFrame,
  MarkerMetFrame,
  MovedFrame,
  BouncedFrame,
  CreditFrame,
  StalePathFrame,
  AskHereFrame,
  RoomFrame,
  WaitsFrame,
  WidenFrame,
  WithdrawFrame,
  WentOnFrame,
  WaitsForFrame,
  ItemFrame,
  MoreFrame,
  HandoffFrame,
  ReplicaFrame,
  EventFrame,
  ServiceFrame,
]);
export type Frame =
  | EnvelopeFrame
  | ReplyFrame
  | ValueFrame
  | MarkerFrame
  | MarkerMetFrame
  | MovedFrame
  | BouncedFrame
  | CreditFrame
  | StalePathFrame
  | AskHereFrame
  | RoomFrame
  | WaitsFrame
  | WidenFrame
  | WithdrawFrame
  | WentOnFrame
  | WaitsForFrame
  | ItemFrame
  | MoreFrame
  | HandoffFrame
  | ReplicaFrame
  | EventFrame
  | ServiceFrame;
