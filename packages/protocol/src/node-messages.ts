/**
 * What nodes tell each other: bare datagrams for membership and the link, and above the link the messages of coordinators.
 * Without the schemas a node would act on what a stranger, or another version, sends.
 */
import { z } from "zod";
import { ChildSpec, Placement, SpecUpdate } from "./child.js";
import { Bytes } from "./codec.js";
import { ReplicaState } from "./frames.js";
import { Packet } from "./packet.js";
import { ActorId, Epoch, NodeName, PlaceId, Text } from "./place.js";
import { ChangeBatch, Head, RegistryRecord, SnapshotPart, Tombstone } from "./registry-change.js";
import { NodeLoad } from "./strategy-messages.js";
import { WireError } from "./wire-error.js";

/** Nodes of one hub speak the same version, or refuse each other. */
export const protocolVersion = 11;

/** One life of a node, beside its name. */
export const Incarnation = z.string().regex(/^[\w-]{1,200}$/);
export type Incarnation = z.infer<typeof Incarnation>;

/** A kind of actors that a node can run, as its definition there says. Versions are those of its state. */
export const KindCard = z.strictObject({
  /** The definition's name. */
  name: z.string(),
  version: z.int().positive(),
  /** The oldest version that it upgrades a state from, and the oldest that it downgrades one to. */
  upgradesFrom: z.int().positive(),
  downgradesTo: z.int().positive(),
  messages: z.array(z.string()),
});
export type KindCard = z.infer<typeof KindCard>;

/** The longest `downAfterMs` that a hub may have, in ms: an hour. */
export const longestSilenceMs = 3_600_000;
const silence = z.number().positive().max(longestSilenceMs);

/** Who a node is, as it says itself. */
export const NodeCard = z.strictObject({
  node: NodeName,
  incarnation: Incarnation,
  /** Counts the cards of this life: one with a lower number is older, however late it comes. */
  number: z.int().positive(),
  /** Orders the lives of one name: a life claims a number above those that the others know of. 0: it has claimed none yet. */
  generation: z.number().nonnegative(),
  /** The places of its threads, by index. */
  places: z.array(PlaceId),
  joinedAtMs: z.number(),
  draining: z.boolean(),
  /** It is a newcomer, and takes actors that no other node may run; absent: it takes all. */
  probation: z.boolean().optional(),
  /** It knows that so many members have been there as its hub begins with; absent: it does not. */
  begun: z.boolean().optional(),
  /** The kinds of actors it can run; none: it runs no actors, and talks to those of others. */
  kinds: z.array(KindCard),
  /** How often it would send heartbeats, how long it waits for news, and how long it is silent at most while it serves: nodes may differ in these. */
  times: z.strictObject({
    heartbeatIntervalMs: silence,
    suspectAfterMs: silence,
    downAfterMs: silence,
    deliveryMs: z.number().positive(),
  }),
});
export type NodeCard = z.infer<typeof NodeCard>;

/** The lease of a partition arbiter, as its holder says it: how long it lasts from now, whether all rights of earlier leases have ended, and its term, above theirs. */
export const LentLease = z.strictObject({ forMs: z.number(), settled: z.boolean(), term: z.int().nonnegative() });
export type LentLease = z.infer<typeof LentLease>;

/**
 * What a heartbeat says where nodes count each other: its number, and of each member (node, incarnation) its sender's side knows the last heartbeat
 * heard (0: none). Tuples: among many nodes these are nearly all of what travels, and names of fields were half of it.
 */
export const Pulse = z.strictObject({
  number: z.int().positive(),
  heard: z.array(z.tuple([NodeName, z.string(), z.int().nonnegative()])),
  lease: LentLease.optional(),
  /** What the partition strategy has its node tell of its memory. It goes along after a member joined or the memory changed, until all have heard it. */
  memory: z.unknown().optional(),
});
export type Pulse = z.infer<typeof Pulse>;

/**
 * A greeting: a question, the answer to one, or both. A node is let in for its answer, which it can only give now; a question alone may be a
 * late one of a life that has ended.
 */
export const Hello = z.strictObject({
  type: z.literal("hello"),
  version: z.int(),
  /** Digests of what must be equal on all nodes of a hub, by name. */
  settings: z.record(z.string(), z.string()),
  card: NodeCard,
  /** The life it is meant for; absent: for all nodes. */
  to: Incarnation.optional(),
  /** The number of the question; absent: it wants no answer. */
  asks: z.int().positive().optional(),
  /** The number of the receiver's question that it answers. */
  answers: z.int().positive().optional(),
  /** With an answer: who else is a member, as its sender sees it. */
  members: z.array(z.strictObject({ node: NodeName, incarnation: Incarnation })).optional(),
  /** Another life of the receiver's name, which is a member for the sender, or was one lately. */
  namesake: z.strictObject({ incarnation: Incarnation, generation: z.number().nonnegative() }).optional(),
});
export type Hello = z.infer<typeof Hello>;

/** Why a node is not let in. It tells a stranger nothing that it does not know. */
export const JoinRefusal = z.discriminatedUnion("why", [
  z.strictObject({ why: z.literal("version"), version: z.int() }),
  /** `names`: of the settings that differ. */
  z.strictObject({ why: z.literal("settings"), names: z.array(z.string()) }),
  z.strictObject({ why: z.literal("name") }),
]);
export type JoinRefusal = z.infer<typeof JoinRefusal>;

/** Bare datagrams: they may be lost, doubled, or come late. */
export const Datagram = z.discriminatedUnion("type", [
  Hello,
  z.strictObject({
    type: z.literal("refuse"),
    node: NodeName,
    /** The life that is refused, and the question of it that is answered. */
    to: Incarnation,
    answers: z.int().positive(),
    refusal: JoinRefusal,
  }),
  /** `number`: counts the heartbeats of this life. */
  z.strictObject({
    type: z.literal("heartbeat"),
    node: NodeName,
    incarnation: Incarnation,
    number: z.int().positive(),
    pulse: Pulse.optional(),
  }),
  z.strictObject({ type: z.literal("goodbye"), node: NodeName, incarnation: Incarnation }),
  z.strictObject({
    type: z.literal("link"),
    from: Incarnation,
    to: Incarnation,
    /** The sender's session with this peer. Later ones have higher numbers. */
    session: z.int().positive(),
    /** The peer's last session that is over for the sender (0: none), and the one it hears (0: not yet). */
    endedSession: z.int().nonnegative(),
    ackSession: z.int().nonnegative(),
    number: z.int().nonnegative(),
    ack: z.int().nonnegative(),
    bodies: z.array(Bytes),
  }),
]);
export type Datagram = z.infer<typeof Datagram>;

const StartOutcome = z.strictObject({
  id: ActorId,
  placement: Placement.optional(),
  error: WireError.optional(),
  waits: z.literal(true).optional(),
});
/** The result of one start: a placement, or an error. `waits`: the error is why it does not run yet; its registrar starts it when a node can run it. */
export type StartOutcome = z.infer<typeof StartOutcome>;

const StopOutcome = z.strictObject({ id: ActorId, node: NodeName.optional(), error: WireError.optional() });
/** The result of one stop. `node`: where the actor was by then, if that is another node than the one that was asked. */
export type StopOutcome = z.infer<typeof StopOutcome>;

const MoveOutcome = z.strictObject({ id: ActorId, placement: Placement.optional(), error: WireError.optional() });
/** The result of one move. */
export type MoveOutcome = z.infer<typeof MoveOutcome>;

/** What one coordinator asks of another. `hops` counts how often a request was passed on by nodes that saw another owner. */
export const NodeRequest = z.discriminatedUnion("type", [
  /** `decided`: the sender has decided that these ids are free, and that they start at the receiver. */
  z.strictObject({
    type: z.literal("start"),
    specs: z.array(ChildSpec),
    hops: z.int().nonnegative(),
    decided: z.boolean().optional(),
    /** Alters of another node have changed the specs: the receiver's are not asked. */
    altered: z.literal(true).optional(),
    /** The asker's: no actor of these starts under a lower one. An earlier life, which the asked has not heard of, had one below it. */
    freshEpoch: Epoch.optional(),
  }),
  z.strictObject({ type: z.literal("stop"), ids: z.array(ActorId), deadlineMs: z.number() }),
  z.strictObject({
    type: z.literal("move"),
    ids: z.array(ActorId),
    node: NodeName,
    thread: z.int().nonnegative().optional(),
    hops: z.int().nonnegative(),
    /** Moves of one lane are parts of one: see `MoveOrder`. */
    lane: z.string().optional(),
  }),
  z.strictObject({ type: z.literal("locate"), ids: z.array(ActorId), hops: z.int().nonnegative().optional() }),
  z.strictObject({ type: z.literal("mergeDuplicate"), id: ActorId, state: Bytes, hops: z.int().nonnegative() }),
  /** Which of these actors the receiver has, running or paused. */
  z.strictObject({ type: z.literal("hosted"), ids: z.array(ActorId) }),
  /** `decided`: they start at the receiver; else it decides where, if that is its part. `swapped`: the sender has stopped them for that. */
  z.strictObject({
    type: z.literal("adopt"),
    records: z.array(RegistryRecord),
    decided: z.boolean(),
    swapped: z.literal(true).optional(),
  }),
  /** `number`: of the leaver's last change so far; it is answered when that is known. */
  z.strictObject({ type: z.literal("leave"), incarnation: z.string(), number: z.int().nonnegative() }),
  z.strictObject({ type: z.literal("standbys"), ids: z.array(ActorId) }),
  z.strictObject({ type: z.literal("update"), id: ActorId, update: SpecUpdate }),
  /** Is an actor there, and not about to end? */
  z.strictObject({ type: z.literal("isThere"), id: ActorId }),
  /** What is under way at the receiver, and how far it knows all authors. */
  z.strictObject({ type: z.literal("settled") }),
  /** For the handler of this name. */
  z.strictObject({ type: z.literal("collect"), name: Text, input: Bytes }),
]);
export type NodeRequest = z.infer<typeof NodeRequest>;

/** The answer to each kind of request. Records and drops ride along, so that the asker can read what it has just written. */
export const NodeAnswer = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("start"), outcomes: z.array(StartOutcome), records: z.array(RegistryRecord) }),
  z.strictObject({ type: z.literal("stop"), outcomes: z.array(StopOutcome) }),
  z.strictObject({ type: z.literal("move"), outcomes: z.array(MoveOutcome) }),
  z.strictObject({ type: z.literal("locate"), records: z.array(RegistryRecord), pending: z.array(ActorId).optional() }),
  z.strictObject({ type: z.literal("leave") }),
  z.strictObject({ type: z.literal("mergeDuplicate"), error: WireError.optional() }),
  z.strictObject({ type: z.literal("hosted"), ids: z.array(ActorId) }),
  z.strictObject({ type: z.literal("standbys"), states: z.array(ReplicaState) }),
  /** False: the actor is not here, or is between two places or lives; the asker looks for it again. */
  z.strictObject({ type: z.literal("update"), updated: z.boolean() }),
  z.strictObject({ type: z.literal("isThere"), there: z.boolean() }),
  /** `busy`: what is under way, in words; absent: nothing. `nodes`: the members, the answering node among them. */
  z.strictObject({ type: z.literal("settled"), busy: z.string().optional(), heads: z.array(Head), nodes: z.array(NodeName) }),
  /** What the handler answered, or threw; neither: there is no such handler. */
  z.strictObject({ type: z.literal("collect"), value: Bytes.optional(), error: WireError.optional() }),
  z.strictObject({ type: z.literal("adopt"), errors: z.array(z.strictObject({ id: ActorId, error: WireError })) }),
]);
export type NodeAnswer = z.infer<typeof NodeAnswer>;

/** What coordinators tell each other over a link: in order, each once. */
export const NodeMessage = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("packet"), packet: Packet }),
  /** `onward`: the members that its receiver passes it on to. */
  z.strictObject({ type: z.literal("changes"), batch: ChangeBatch, onward: z.array(NodeName) }),
  z.strictObject({ type: z.literal("snapshot"), part: SnapshotPart }),
  /**
   * How far authors are known to the sender, itself among them; `ask`: it wants the receiver's own head back; `unmet`: and what a life of a
   * node left behind that it has never met, and that is gone.
   */
  z.strictObject({
    type: z.literal("digest"),
    heads: z.array(Head),
    ask: z.boolean(),
    unmet: z.strictObject({ node: NodeName, incarnation: Incarnation }).optional(),
  }),
  /** The last records of a lost author, and the ends it recorded, from a node that knew it further than the receiver; `more`: the rest follows. */
  z.strictObject({
    type: z.literal("lastRecords"),
    head: Head,
    records: z.array(RegistryRecord),
    ended: z.array(Tombstone),
    more: z.boolean().optional(),
  }),
  /** These could not be reached by one who was to pass the receiver's changes on to them. */
  z.strictObject({ type: z.literal("unreached"), nodes: z.array(NodeName) }),
  /** The receiver's changes after this number are missing; without it, all that it says. */
  z.strictObject({ type: z.literal("repair"), author: NodeName, after: z.int().nonnegative().optional() }),
  /** How busy its sender is. */
  z.strictObject({ type: z.literal("load"), load: NodeLoad }),
  z.strictObject({ type: z.literal("placeDown"), place: PlaceId, error: WireError }),
  /** The sender has taken in all that a dead thread of the receiver had sent it. */
  z.strictObject({ type: z.literal("placeDrainReported"), place: PlaceId }),
  /** All nodes have taken in all that a dead thread of the sender had sent them. */
  z.strictObject({ type: z.literal("placeDrained"), place: PlaceId }),
  z.strictObject({ type: z.literal("status"), card: NodeCard }),
  /** How often the receiver's name has died before, as its sender remembers. */
  z.strictObject({ type: z.literal("deaths"), count: z.int().positive() }),
  /** A duplicate of an actor had this epoch before it yielded to the one at the receiver. */
  z.strictObject({ type: z.literal("raiseEpochAbove"), id: ActorId, by: Epoch }),
  /** The sender was starting these actors when it met the receiver, which may be their owner by now: they are not free there. */
  z.strictObject({ type: z.literal("startsUnderWay"), ids: z.array(ActorId) }),
  /** These starts have ended; `heads`: what came of them is among these changes. */
  z.strictObject({ type: z.literal("startsEnded"), ids: z.array(ActorId), heads: z.array(Head) }),
  z.strictObject({ type: z.literal("clusterSize"), size: z.int().positive() }),
  /** For the handler of this name; nothing comes back. */
  z.strictObject({ type: z.literal("notice"), name: Text, input: Bytes }),
  z.strictObject({ type: z.literal("request"), call: z.int().positive(), request: NodeRequest }),
  z.strictObject({
    type: z.literal("answer"),
    call: z.int().positive(),
    answer: NodeAnswer.optional(),
    /** How far authors must be known to the asker before it reads on: what it asked for is among their changes. */
    heads: z.array(Head).optional(),
    error: WireError.optional(),
  }),
]);
export type NodeMessage = z.infer<typeof NodeMessage>;
