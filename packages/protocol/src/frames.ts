/**
 * What travels between places (threads, main threads included), in batches.
 * The hot kinds are tuples, kind first; all others are objects told apart by `type`.
 */
import { z } from "zod";
import { ChildSpec } from "./child.js";
import { Bytes } from "./codec.js";
import { ActorId, Epoch, PlaceId } from "./place.js";
import { WireError } from "./wire-error.js";

/** The kinds of the hot frames: the first element of their tuples. */
export const FrameKind = { envelope: 0, reply: 1, marker: 2, flushed: 3, moved: 4, bounced: 5, credit: 6, overtake: 7 } as const;

/** A message to an actor: to, epoch of the route it was sent by, message name, payload, origin (null: the sending place), sending actor, ask number (0: a tell), ask's time left in ms (0: none). */
export const EnvelopeFrame = z.tuple([
  z.literal(FrameKind.envelope),
  ActorId,
  Epoch,
  z.string(),
  Bytes,
  PlaceId.nullable(),
  ActorId.nullable(),
  z.int().nonnegative(),
  z.number().nonnegative(),
]);
export type EnvelopeFrame = z.infer<typeof EnvelopeFrame>;

/** The answer to an ask: ask number, epoch that answered, payload of the reply or the error. */
export const ReplyFrame = z.tuple([z.literal(FrameKind.reply), z.int().positive(), Epoch, z.union([Bytes, WireError])]);
export type ReplyFrame = z.infer<typeof ReplyFrame>;

/** Asks "has all I sent to this actor by this route been delivered?": to, epoch of the route, number, the place that asks. Travels as a message does. */
export const MarkerFrame = z.tuple([z.literal(FrameKind.marker), ActorId, Epoch, z.int().positive(), PlaceId]);
export type MarkerFrame = z.infer<typeof MarkerFrame>;

/** The answer to a marker, from where it met the running actor: actor, marker's number. */
export const FlushedFrame = z.tuple([z.literal(FrameKind.flushed), ActorId, z.int().positive()]);
export type FlushedFrame = z.infer<typeof FlushedFrame>;

/** Tells a sender where the epoch it used went: actor, new epoch, new place. */
export const MovedFrame = z.tuple([z.literal(FrameKind.moved), ActorId, Epoch, PlaceId]);
export type MovedFrame = z.infer<typeof MovedFrame>;

/**
 * A message or marker back to its origin, because the place does not have its epoch, with the newest place known; true when it had arrived,
 * in the mailbox of a copy that then gave way to another.
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

/** What the sending place wrote to an actor by way of others, up to this epoch, is late: it lost sight of one of them, and writes straight from now on. */
export const OvertakeFrame = z.tuple([z.literal(FrameKind.overtake), ActorId, Epoch]);
export type OvertakeFrame = z.infer<typeof OvertakeFrame>;

const FrozenTimer = z.strictObject({ key: z.string(), inMs: z.number(), name: z.string(), payload: Bytes });

/** An actor with everything it has, on its way to another place. */
export const ActorSnapshot = z.strictObject({
  spec: ChildSpec,
  epoch: Epoch,
  state: Bytes,
  mailbox: z.array(EnvelopeFrame),
  timers: z.array(FrozenTimer),
  bornAtMs: z.number(),
  sealedAtMs: z.number(),
});
export type ActorSnapshot = z.infer<typeof ActorSnapshot>;

const Outcome = z.strictObject({ id: ActorId, epoch: Epoch, error: WireError.optional() });
const Saga = z.string();

/** What one place did with one actor of a batch: done, or the error. */
export type Outcome = z.infer<typeof Outcome>;

/** One actor that its source lets go of; `envelopes`: how many waited in its mailbox, and are the target's from here on. */
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

/** The state of an actor after a message, as a standby keeps it. */
export const ReplicaState = z.strictObject({
  id: ActorId,
  epoch: Epoch,
  /** How many messages its actor had handled in its place: of one epoch the higher is the later state. */
  sequence: z.int().nonnegative(),
  state: Bytes,
  timers: z.array(FrozenTimer),
});
export type ReplicaState = z.infer<typeof ReplicaState>;

/** Whether the first of two states of an actor is the later one. */
export function isLaterState(a: ReplicaState, b: ReplicaState): boolean {
  return a.epoch === b.epoch ? a.sequence > b.sequence : a.epoch > b.epoch;
}

/** What a standby and its active copy tell each other, from thread to thread. */
export const ReplicaFrame = z.discriminatedUnion("type", [
  /** Send me the state of these after each message, as long as they run where you are. */
  z.strictObject({ type: z.literal("follow"), ids: z.array(ActorId) }),
  z.strictObject({ type: z.literal("unfollow"), ids: z.array(ActorId) }),
  z.strictObject({ type: z.literal("states"), copies: z.array(ReplicaState) }),
  z.strictObject({
    type: z.literal("statesTaken"),
    copies: z.array(z.strictObject({ id: ActorId, epoch: Epoch, sequence: z.int().nonnegative() })),
  }),
]);
export type ReplicaFrame = z.infer<typeof ReplicaFrame>;

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

const Arrived = z.strictObject({ spec: ChildSpec, epoch: Epoch, bornAtMs: z.number() });

/** What a thread and its own main thread tell each other. */
export const ServiceFrame = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("resolve"), ids: z.array(ActorId) }),
  z.strictObject({
    type: z.literal("resolved"),
    routes: z.array(z.strictObject({ id: ActorId, place: PlaceId.nullable(), epoch: Epoch })),
  }),
  z.strictObject({ type: z.literal("placeDown"), place: z.string(), error: WireError }),
  /** A thread has taken in all that a dead one had sent it, and what it passed on of that has arrived; all threads have, says the main thread then. */
  z.strictObject({ type: z.literal("passedOn"), place: PlaceId }),
  z.strictObject({ type: z.literal("placeDrained"), place: PlaceId }),
  z.strictObject({ type: z.literal("placeUp"), place: z.string() }),
  z.strictObject({
    type: z.literal("relocated"),
    actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch, place: PlaceId })),
  }),
  z.strictObject({ type: z.literal("evacuate"), node: z.string() }),
  z.strictObject({ type: z.literal("evacuated"), node: z.string() }),
  z.strictObject({ type: z.literal("severed"), place: PlaceId, posted: z.int().nonnegative() }),
  z.strictObject({ type: z.literal("arrived"), actors: z.array(Arrived) }),
  z.strictObject({ type: z.literal("departed"), actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch, place: PlaceId })) }),
  z.strictObject({ type: z.literal("renumber"), actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch })) }),
  z.strictObject({ type: z.literal("renumbered"), actors: z.array(z.strictObject({ id: ActorId, epoch: Epoch })) }),
  z.strictObject({ type: z.literal("ended"), id: ActorId, epoch: Epoch, reason: z.string(), error: WireError.optional() }),
  z.strictObject({ type: z.literal("restarted"), id: ActorId, epoch: Epoch, error: WireError }),
  z.strictObject({ type: z.literal("stuck"), id: ActorId, message: z.string(), forMs: z.number() }),
  z.strictObject({ type: z.literal("deadLetters"), envelopes: z.array(DeadLetter) }),
  z.strictObject({ type: z.literal("badFrame"), peer: z.string(), error: z.string() }),
  z.strictObject({
    type: z.literal("log"),
    level: z.enum(["debug", "info", "warn", "error"]),
    id: ActorId,
    message: z.string(),
    data: z.unknown(),
  }),
  z.strictObject({ type: z.literal("startChild"), call: z.int().positive(), spec: ChildSpec }),
  z.strictObject({ type: z.literal("startedChild"), call: z.int().positive(), error: WireError.optional() }),
  z.strictObject({ type: z.literal("job"), call: z.int().positive(), module: z.string(), input: Bytes }),
  z.strictObject({ type: z.literal("jobAbort"), call: z.int().positive() }),
  z.strictObject({
    type: z.literal("jobDone"),
    call: z.int().positive(),
    output: Bytes.optional(),
    error: WireError.optional(),
  }),
]);
export type ServiceFrame = z.infer<typeof ServiceFrame>;

/** Anything that travels between places. */
export const Frame = z.union([
  EnvelopeFrame,
  ReplyFrame,
  MarkerFrame,
  FlushedFrame,
  MovedFrame,
  BouncedFrame,
  CreditFrame,
  OvertakeFrame,
  HandoffFrame,
  ReplicaFrame,
  ServiceFrame,
]);
export type Frame =
  | EnvelopeFrame
  | ReplyFrame
  | MarkerFrame
  | FlushedFrame
  | MovedFrame
  | BouncedFrame
  | CreditFrame
  | OvertakeFrame
  | HandoffFrame
  | ReplicaFrame
  | ServiceFrame;
