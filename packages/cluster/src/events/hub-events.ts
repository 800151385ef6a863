/*
 * The names and payloads of the events of a hub: types and names alone, so that settings and every room may use them without the emitter.
 * Without an entry here an event can be neither emitted nor listened to.
 */
import type {
  ChildSpec,
  DeadLetter,
  HandlerFailure,
  HubError,
  MoveWhy,
  NodeLoad,
  NodeName,
  TransportReceiver,
  UnhandledKind,
} from "@process-hub/protocol";
import type { RegistryEntry } from "../registry/registry-entry.js";

/** Whether the transport is connected, tries to connect again, or is closed for good. */
export type ConnectionState = Parameters<TransportReceiver["connection"]>[0];

/** A line for the log: how serious it is, what happened, and what belongs to it. */
export type Log = (level: "debug" | "info" | "warn" | "error", message: string, data?: unknown) => void;

/** An actor that had run goes on, on a node: from `init`, or from the state of a replica, which had handled so many messages where it ran last. */
export interface GoesOn {
  readonly id: string;
  readonly node: NodeName;
  readonly from: "init" | "replica";
  readonly handled?: number | undefined;
}

/**
 * Why an actor starts: somebody asked for it; it crashed; its thread died, or this node paused it; its node is gone; a start of it failed
 * before; a cold swap brought it here.
 */
export type StartReason = "start" | "crash" | "restart" | "takeOver" | "retry" | "swap";

/** An actor that is about to start, and why. */
export interface StartingChild {
  readonly id: string;
  readonly spec: Readonly<ChildSpec>;
  readonly reason: StartReason;
}

/** What came of a start: the place and what the actor began from, or the error. */
export interface StartedChild extends StartingChild {
  readonly thread?: number;
  /** Absent after a crash, which does not change it. */
  readonly epoch?: number;
  readonly from?: "init" | "replica";
  readonly error?: Error;
}

/** Which members came and went, as far as they take actors. */
export interface MembersChanged {
  /** `"deferred"`: nothing of that, but actors had put off their moves. */
  readonly cause: "joined" | "left" | "both" | "threads" | "deferred";
  readonly joined: readonly NodeName[];
  readonly left: readonly NodeName[];
  /** The nodes that take actors now. */
  readonly nodes: readonly NodeName[];
}

/** What each event carries. Hooks given at creation and handlers added by `hub.on` get the same objects. */
export interface HubEvents {
  memberJoining: { readonly node: NodeName };
  memberJoined: { readonly node: NodeName };
  memberLeaving: { readonly node: NodeName };
  memberLeft: { readonly node: NodeName; readonly reason: "left" | "down" };
  childRegistered: RegistryEntry;
  childUnregistered: { readonly id: string };
  /** The tag or the metadata of an actor changed (`hub.update`), as this node has just learned. `before`: what they were. */
  childUpdated: RegistryEntry & { readonly before: Pick<RegistryEntry, "tag" | "metadata"> };
  /** Actors are about to start on this node, whoever asked for it and why: those of one turn at once. */
  childStarting: { readonly ids: readonly string[]; readonly node: NodeName; readonly children: readonly StartingChild[] };
  /** What came of starts on this node, those of a crash included. `ids`: those that run; `children` has those that failed as well. */
  childStarted: { readonly ids: readonly string[]; readonly node: NodeName; readonly children: readonly StartedChild[] };
  childStopped: { readonly id: string; readonly reason: string; readonly error?: Error | undefined };
  /** An actor was started again, after a crash of its own or the death of its place. */
  childRestarted: GoesOn & { readonly cause: Error };
  /**
   * An actor goes on from less than it was, since the place where it ran died, paused or lost it: from `init`, or from a replica that had no
   * state of its last place. Told once, by the node that has it go on. Not told: a crash of its own, after which it begins with `init` by
   * design, and a cold swap that carries no states. Nobody knows how much an actor of a dead place had handled after the last state that its
   * replica got: that is not told either. `cause`: absent where another node had it go on here.
   */
  stateLost: GoesOn & { readonly cause?: Error | undefined };
  /**
   * An actor that is to run again could not be started, for the `attempt`th time (1, 2, ...) in a row; it is tried again in `nextInMs`, here or
   * on another node that may run it, until it runs or is stopped. `node`: who tries.
   */
  startFailing: {
    readonly id: string;
    readonly node: NodeName;
    readonly attempt: number;
    readonly nextInMs: number;
    readonly error: Error;
  };
  /** `ids`: the actors that are to move. */
  redistributionStarting: MembersChanged & { readonly node: NodeName; readonly ids: readonly string[] };
  /** `children`: where each was to move, and why it did not. */
  redistributionFinished: MembersChanged & {
    readonly node: NodeName;
    readonly moved: number;
    readonly failed: number;
    readonly children: readonly { readonly id: string; readonly to: NodeName; readonly error?: Error }[];
  };
  childrenMoving: { readonly ids: readonly string[]; readonly to: NodeName };
  childrenMoved: { readonly ids: readonly string[]; readonly to: NodeName };
  /** A request to move actors was passed on to the node that hosts them. */
  moveForwarded: { readonly ids: readonly string[]; readonly host: NodeName; readonly to: NodeName };
  /** Actors arrived on this node, with their state and waiting messages. */
  handoverDelivered: { readonly ids: readonly string[]; readonly node: NodeName };
  /**
   * An actor of this node puts off its move (`lifecycle.moving`), for `deferMs`, having done so for `forMs`. `forced`: it moves unasked, as it
   * has put it off for `timings.maxDeferMs`, or half of the time of a drain.
   */
  moveDeferred: {
    readonly id: string;
    readonly node: NodeName;
    readonly to: NodeName;
    readonly why: MoveWhy;
    readonly deferMs: number;
    readonly forMs: number;
    readonly forced: boolean;
  };
  /** A drain of this node is over: what moved, is left here (why: `errors`), and was ended by `force`. */
  drainFinished: {
    readonly node: NodeName;
    readonly moved: readonly string[];
    readonly left: readonly string[];
    readonly forced: readonly string[];
    readonly errors: readonly { readonly id: string; readonly error: Error }[];
    readonly tookMs: number;
  };
  lockChanged: { readonly locked: boolean };
  /** This node stopped serving, since its side of a network cut may not serve; or it serves again. `members`: the nodes it sees, itself included. */
  partitionChanged: { readonly node: NodeName; readonly partitioned: boolean; readonly members: readonly NodeName[] };
  /**
   * The transport lost its connection and tries again, is connected again, or is closed for good by the cause. After that this node never
   * reaches the others, which take it for dead and start its actors. It goes on alone, or pauses under a quorum or a lease: close the hub,
   * and create a new one.
   */
  connectionChanged: { readonly node: NodeName; readonly state: ConnectionState; readonly cause?: HubError | undefined };
  /** Another process of this node's name has taken its place: this hub runs nothing any more, and closes itself. `by`: that process's life. */
  replaced: { readonly node: NodeName; readonly by: string };
  /** This node ends: it was closed; it goes on under another name; or another process has taken its place. */
  coordinatorStopping: { readonly node: NodeName; readonly reason: "close" | "rename" | "replaced" };
  /** A node said how busy it is: this one, or a member. Only where the distribution strategy uses loads. All that are known: `hub.stats().loads`. */
  loadsUpdated: { readonly node: NodeName; readonly load: NodeLoad };
  deadLetter: DeadLetter & { readonly node: NodeName };
  /** An async handler does not end: `id` and `message` name it. Or a thread does not answer at all: then there is neither. */
  stuck: {
    readonly node: NodeName;
    readonly thread: number;
    readonly id?: string;
    readonly message?: string;
    readonly forMs: number;
  };
  /**
   * Two lives of an actor met; emitted on the loser's node. `state`: the loser's state at its end, decoded, as `handoff.prepare` gives it
   * if there is one; `undefined` when it could not be read (the actor had ended, or was moving; the `log` event says why).
   */
  conflict: { readonly id: string; readonly survivor: NodeName; readonly loser: NodeName; readonly state: unknown };
  /**
   * A promise rejected, or something was thrown, in the code of an actor's module, a job's or a strategy's, and nobody handled it. `actors`: those that ran last, the
   * latest first; it may be the doing of one of them. The thread goes on, unless `threads.onUnhandled` says otherwise.
   */
  unhandled: {
    readonly node: NodeName;
    /** Absent for the thread of a job, or of a strategy. */
    readonly thread?: number;
    /** The module of the job that left it behind. */
    readonly job?: string;
    /** The name of the strategy that did, in a thread of its own. */
    readonly strategy?: string;
    readonly kind: UnhandledKind;
    readonly error: Error;
    readonly actors: readonly string[];
  };
  /**
   * A handler threw, or rejected. An asker has got the error as well; who told gets nothing. `outcome`: what the actor did, by the `onError` of its
   * definition. Of those that fail in one turn of a thread the first 64 are told each, and `more` says how many more came after this one.
   */
  handlerFailed: {
    readonly node: NodeName;
    readonly thread: number;
    readonly id: string;
    /** The kind of the actor: its definition's name. */
    readonly actor: string;
    readonly message: string;
    /** The actor that sent the message; absent when no actor did. */
    readonly sender?: string;
    readonly error: Error;
    readonly outcome: HandlerFailure["outcome"];
    readonly more: number;
  };
  threadExited: { readonly node: NodeName; readonly thread: number; readonly error: Error };
  linkBroken: { readonly node: NodeName; readonly peer: NodeName; readonly lost: number };
  badFrame: { readonly peer: string; readonly error: string };
  log: {
    readonly level: "debug" | "info" | "warn" | "error";
    readonly id?: string;
    readonly message: string;
    readonly data?: unknown;
  };
}

/** The name of an event. */
export type HubEventName = keyof HubEvents;

const names: Readonly<Record<HubEventName, true>> = {
  memberJoining: true,
  memberJoined: true,
  memberLeaving: true,
  memberLeft: true,
  childRegistered: true,
  childUnregistered: true,
  childUpdated: true,
  childStarting: true,
  childStarted: true,
  childStopped: true,
  childRestarted: true,
  stateLost: true,
  startFailing: true,
  redistributionStarting: true,
  redistributionFinished: true,
  childrenMoving: true,
  childrenMoved: true,
  moveForwarded: true,
  handoverDelivered: true,
  moveDeferred: true,
  drainFinished: true,
  lockChanged: true,
  partitionChanged: true,
  connectionChanged: true,
  replaced: true,
  coordinatorStopping: true,
  loadsUpdated: true,
  deadLetter: true,
  stuck: true,
  conflict: true,
  unhandled: true,
  handlerFailed: true,
  threadExited: true,
  linkBroken: true,
  badFrame: true,
  log: true,
};

/** The names of all events. */
export const hubEventNames: readonly string[] = Object.keys(names);

/**
 * Changes a start: returns the spec to start by, or the given one unchanged. `id` and `actor` must stay, since the caller of the start gets
 * a reference to just that actor. It is called where a start is asked for, before its place is chosen, and on the node where the actor
 * starts, at each start but that after a crash; of one start on one node only once. So it may see its own changes. The given spec is frozen: return a changed object, `{ ...spec, tag: "demo" }`.
 */
export type SpecChange = (
  spec: Readonly<ChildSpec>,
  start: { readonly reason: StartReason; readonly node: NodeName },
) => Readonly<ChildSpec>;

/** A handler of an event. An error that it throws, or rejects with, becomes a `log` event and has no other effect. */
export type HubHandler<K extends HubEventName> = (event: HubEvents[K]) => unknown;

/** The name of an event, or `childStart`. */
export type HookName = HubEventName | "childStart";

/** The function added under a name: a handler of an event, or a change of `childStart`. */
export type HookOf<K extends HookName> = K extends HubEventName ? HubHandler<K> : SpecChange;

/** Handlers for any of the events, and changes to what is started. */
export type HookOptions = { readonly [K in HubEventName]?: readonly HubHandler<K>[] } & {
  readonly childStart?: readonly SpecChange[];
};
