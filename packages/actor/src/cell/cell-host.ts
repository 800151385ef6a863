import type {
  ActorId,
  Bytes,
  Checks,
  Clock,
  CounterName,
  Epoch,
  ErrorCode,
  HubCall,
  Mode,
  NodeName,
  Payload,
  PlaceId,
  Random,
  WireError,
} from "@process-hub/protocol";
import type { Child } from "../definition/child.js";
import type { Room } from "../definition/context.js";
import type { OnError } from "../definition/on-error.js";
import type { ActorKind, AskOptions, TellOptions, TypedActor } from "../definition/ref.js";
import type { StartOptions } from "../definition/start-options.js";
import type { Caller } from "./caller.js";
import type { Envelope, Mail, Marker } from "./envelope.js";
import type { EventFeed } from "./event-feed.js";
import type { Observer } from "./observer.js";
import type { Subscription, Watch } from "./ties.js";

/** The bounds a cell keeps to. */
export interface CellLimits {
  readonly mailbox: number;
  /** Messages that may wait in a mailbox before its senders are told to slow down. */
  readonly actorWindow: number;
  /** Tasks that one actor may have at a time. */
  readonly tasks: number;
  readonly restartMax: number;
  readonly restartWithinMs: number;
  readonly deliveryMs: number;
  /** How long `init` and `started`, or another hook, may take. */
  readonly initTimeoutMs: number;
  /** The largest reply, and the largest input of a timer; absent: there is no limit. */
  readonly messageBytes?: number | undefined;
  /** Which replicas hear of their mode; absent: none. */
  readonly signals?: "none" | Mode | "all" | undefined;
}

/** A cell as its thread sees it. */
export interface HostedCell {
  readonly id: ActorId;
  readonly epoch: Epoch;
  readonly state: unknown;
  /** True when there is a message for it to handle, and nothing in the way. */
  readonly runnable: boolean;
  /** Handles the next message. */
  step(): void;
}

/**
 * The ports of a cell: the thread it lives in.
 * Without this interface a cell would take its whole thread, and could not run in a test by itself.
 */
export interface CellHost {
  readonly clock: Clock;
  /** Spreads the pauses before restarts. */
  readonly random: Pick<Random, "next">;
  readonly checks: Checks;
  readonly limits: CellLimits;
  readonly place: PlaceId;
  readonly node: NodeName;
  readonly thread: number;
  readonly observer?: Observer | undefined;
  /** The time of this turn: cheaper than the clock, and good enough for expiry. */
  now(): number;
  /** Adds to a figure of the thread; default 1. */
  count(name: CounterName, by?: number): void;
  /** The cell has something to run. */
  wake(cell: HostedCell): void;
  /** An async handler of the cell began (true) or ended (false). */
  busy(cell: HostedCell, inHand: boolean): void;
  /** An async handler of a concurrent message began. */
  besideBusy(cell: HostedCell): void;
  /** The message has left the mailbox: credit for it may go back. */
  taken(envelope: Envelope): void;
  reply(envelope: Envelope, answer: Payload | WireError): void;
  /**
   * Replies to a message that a handler of the cell has handled: when the state that it came from is safe. `beside`: that of the handler in hand
   * as well, of which it may have seen a part, whatever leaves of that before.
   */
  replyWhenSafe(cell: HostedCell, envelope: Envelope, answer: Payload | WireError, beside?: boolean): void;
  /** An item of a stream, for its reader; index 0, null: it has begun. */
  item(envelope: Envelope, epoch: Epoch, index: number, item: Bytes | null): void;
  /** A message opened a stream of this cell; false: that has ended. */
  streaming(cell: HostedCell, envelope: Envelope, isOpen: boolean): void;
  /** A handled message waits for its answer, which the state that came of it is to give: from then on that state's standbys stand for it. */
  putOff(cell: HostedCell, envelope: Envelope): void;
  /** An ask waits for its answer here now. `kept`: others stand by for it. */
  askHere(envelope: Envelope, epoch: Epoch, kept: boolean): void;
  markerMet(marker: Marker): void;
  /** The actor is not here any more: its mail looks for it. `accepted`: markers behind it were answered, so its sender may have gone on since. */
  deliverAgain(mail: Iterable<Mail>, accepted?: boolean): void;
  /** False while the node may not serve, or something that the cell sent is held here: it is not idle. */
  mayIdle(cell: HostedCell): boolean;
  deadLetter(envelope: Envelope, reason: ErrorCode, detail: string): void;
  /** A handler of a watched cell is about to begin. True when the cell is busy first, as its state is being taken. */
  taking(cell: HostedCell): boolean;
  /** The state of a watched cell may have changed; `last`: it stops, and this is what it ends with. */
  changed(cell: HostedCell, last: boolean): void;
  restarted(cell: HostedCell, error: WireError): void;
  /** A handler of the cell threw; `outcome`: what the actor does. */
  handlerFailed(cell: HostedCell, envelope: Envelope, error: WireError, outcome: OnError): void;
  ended(cell: HostedCell, reason: string, error: WireError | undefined): void;
  tell(
    sender: ActorId,
    to: ActorId,
    message: string,
    input: unknown,
    options: TellOptions | undefined,
    kind: ActorKind,
    caller: Caller,
  ): boolean;
  stream(
    sender: ActorId,
    to: ActorId,
    message: string,
    input: unknown,
    options: AskOptions | undefined,
    kind: ActorKind,
    caller: Caller,
  ): AsyncGenerator<unknown, void, undefined>;
  ask(
    sender: ActorId,
    to: ActorId,
    message: string,
    input: unknown,
    options: AskOptions | undefined,
    kind: ActorKind,
    caller: Caller,
  ): Promise<unknown>;
  /** An ask of an actor waits behind the handler in hand, which waits for others. */
  waitsBehind(id: ActorId): void;
  /** True while an ask of this thread waits for its reply. */
  isPending(ask: number): boolean;
  /** Fails asks of this thread with a reason, and takes their messages back. */
  abortAsks(asks: readonly number[], reason: Error): void;
  startChild(sender: ActorId, actor: TypedActor, options: StartOptions): Promise<void>;
  /** Starts many at once; one error each, undefined for those that have started. */
  startChildren(sender: ActorId, children: readonly Child[]): Promise<(Error | undefined)[]>;
  /** Starts an actor unless it is there; resolves when it is. */
  getActor(sender: ActorId, actor: TypedActor, options: StartOptions): Promise<void>;
  /** Has the hub answer a call of the actor, by its node's main thread. */
  hubCall(sender: ActorId, call: HubCall): Promise<unknown>;
  /** Has the default export of a module run away from this thread. */
  job(module: string, input: unknown, signal: AbortSignal): Promise<unknown>;
  /** A cell is to hear when another actor is gone, or not any more. */
  watch(cell: HostedCell, watch: Watch): void;
  unwatch(cell: HostedCell, id: ActorId): void;
  /** A cell is to hear events of another actor, or not any more; it has handled all that it has heard, and takes more. */
  subscribe(cell: HostedCell, subscription: Subscription): void;
  unsubscribe(cell: HostedCell, subscription: Subscription): void;
  hasRoomFor(cell: HostedCell, subscription: Subscription): void;
  /** A cell has emitted an event: it goes to those who listen when the state that it came from is safe. */
  emitted(cell: HostedCell, feed: EventFeed, seq: number): void;
  /** True while the node may not serve: others may have gone on without it. */
  readonly isFenced: boolean;
  /** False while so many messages wait on this thread that whoever writes to it is to slow down. */
  readonly hasRoom: boolean;
  /** So many more messages wait on this thread, or fewer. */
  waits(by: number): void;
  /** Tells a place that writes to an actor of this thread whether there is room for more. */
  tellRoom(id: ActorId, to: PlaceId, hasRoom: boolean): void;
  /** Resolves when these actors have room for what another one writes. */
  ready(waiter: ActorId, ids: readonly ActorId[]): Promise<Room>;
  log(level: "debug" | "info" | "warn" | "error", id: ActorId, message: string, data: unknown): void;
}
