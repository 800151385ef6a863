import {
  type ActorKind,
  type AnyActor,
  type AskOptions,
  type Caller,
  type Cell,
  type CellHost,
  type CellLimits,
  type Child,
  childSpec,
  type Envelope,
  type EventFeed,
  type HostedCell,
  type Mail,
  type Marker,
  type Observer,
  type Room,
  type StartOptions,
  type Subscription,
  specToGet,
  type TellOptions,
  type TypedActor,
  type Watch,
} from "@process-hub/actor";

import {
  type ActorId,
  type Bytes,
  type Checks,
  type ChildSpec,
  type Clock,
  type CounterName,
  type Epoch,
  type ErrorCode,
  type HandlerFailure,
  type HubCall,
  type NodeName,
  OutcomeUnknown,
  type Payload,
  type PlaceId,
  type Random,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import type { Output } from "./held-output.js";
import type { OpenStreams } from "./open-streams.js";
import type { Followed } from "./replica-streams.js";
import type { Runnable } from "./run-queue.js";
import type { Watched } from "./stuck-watch.js";
import type { ThreadContext } from "./thread-context.js";

/** The mail of the thread, as far as its cells use it. */
interface HostMail {
  readonly isFenced: boolean;
  readonly routes: { giveUpFrom(sender: ActorId): void };
  readonly tell: CellHost["tell"];
  readonly ask: CellHost["ask"];
  readonly stream: CellHost["stream"];
  item(envelope: Envelope, epoch: Epoch, index: number, item: Bytes | null): void;
  readonly asks: { isPending(ask: number): boolean; abort(ask: number, reason: unknown): void };
  waitsBehind(id: ActorId): void;
  ready(ids: readonly ActorId[], waiter: ActorId): Promise<Room>;
  tellRoom(id: ActorId, to: PlaceId, hasRoom: boolean): void;
  taken(envelope: Envelope): void;
  reply(envelope: Envelope, epoch: Epoch, answer: Payload | WireError): void;
  askHere(envelope: Envelope, epoch: Epoch, kept: boolean): void;
  markerMet(to: ActorId, markerId: number, origin: PlaceId): void;
  deadLetter(envelope: Envelope, reason: ErrorCode, detail: string, epoch?: Epoch): void;
}

/** A cell, as far as the parts of its thread act on it. */
type Hosted = HostedCell & Runnable & Watched & Followed & { withdraw(origin: PlaceId, ask: number): boolean };

/** The ports of the host: the parts of the thread that its cells use. */
export interface ThreadHostPorts {
  readonly mail: HostMail;
  readonly queue: { now(): number; wake(cell: Hosted): void };
  readonly stuck: { begun(cell: Hosted): void; ended(cell: Hosted): void };
  readonly children: {
    start(spec: ChildSpec, get?: boolean): Promise<void>;
    startAll(specs: readonly ChildSpec[]): Promise<(Error | undefined)[]>;
  };
  readonly watches: { add(cell: Cell, watch: Watch): void; remove(cell: Cell, id: ActorId): void };
  readonly hearing: {
    subscribe(cell: Cell, subscription: Subscription): void;
    unsubscribe(subscription: Subscription): void;
    hasRoom(subscription: Subscription): void;
  };
  readonly feeds: { emitted(cell: Cell, feed: EventFeed, seq: number): void };
  readonly calls: { ask(call: HubCall): Promise<unknown> };
  /** Delivers mail again, in order. */
  readonly deliverAll: (mail: Iterable<Mail>, from?: "accepted") => void;
  readonly streams: Pick<OpenStreams, "streaming">;
  readonly jobs: { run(module: string, input: unknown, signal: AbortSignal): Promise<unknown> };
  /** What is kept until the state it was sent from is safe; absent: nothing is. */
  readonly held?:
    | {
        hold(cell: Followed, output: Output, awaited: boolean): boolean;
        holdWhole(cell: Followed, output: Output): boolean;
        holds(cell: object): boolean;
      }
    | undefined;
  /** True for an actor that an active replica stands for here. */
  readonly isReplica: (id: ActorId) => boolean;
  /** The work that a cell had in hand has ended. */
  idle(cell: Hosted): void;
  /** A handler of a watched cell is about to begin. True when its state is being taken first. */
  taking(cell: Hosted): boolean;
  /** The state of a watched cell may have changed. */
  changed(cell: Hosted, last: boolean): void;
  /** A handler of a cell threw. */
  handlerFailed(failure: HandlerFailure): void;
  /** A cell that was the one of its id here is over. */
  gone(cell: Hosted): void;
  readonly observer?: Observer | undefined;
}

/**
 * The thread as its cells see it: the clock, the mail, the reports to the main thread.
 * Without it a cell would have to know the parts of its thread, and could not run in a test by itself.
 */
export class ThreadHost implements CellHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly checks: Checks;
  readonly limits: CellLimits;
  readonly place: PlaceId;
  readonly node: NodeName;
  readonly thread: number;
  readonly observer: Observer | undefined;
  readonly #context: ThreadContext;
  readonly #ports: ThreadHostPorts;
  /** So many may wait here before what comes counts as on the way until it is in hand: more would fill the memory, and the caches before that. */
  readonly #commonRoom: number;
  /** How many messages wait in the mailboxes of this thread. */
  #waiting = 0;

  constructor(context: ThreadContext, ports: ThreadHostPorts) {
    this.#context = context;
    this.#ports = ports;
    this.clock = context.clock;
    this.random = context.random;
    this.checks = context.checks;
    this.limits = context.settings;
    this.place = context.place;
    this.node = context.node;
    this.thread = context.thread;
    this.observer = ports.observer;
    this.#commonRoom = context.settings.linkWindow;
  }

  now(): number {
    return this.#ports.queue.now();
  }

  count(name: CounterName, by = 1): void {
    this.#context.counters.add(name, by);
  }

  wake(cell: Hosted): void {
    this.#ports.queue.wake(cell);
  }

  busy(cell: Hosted, inHand: boolean): void {
    const { stuck, idle } = this.#ports;
    if (inHand) stuck.begun(cell);
    else {
      stuck.ended(cell);
      idle(cell);
    }
  }

  besideBusy(cell: Hosted): void {
    this.#ports.stuck.begun(cell);
  }

  taken(envelope: Envelope): void {
    this.#ports.mail.taken(envelope);
  }

  reply(envelope: Envelope, answer: Payload | WireError): void {
    this.#ports.mail.reply(envelope, this.#context.cells.get(envelope.to)?.epoch ?? envelope.epoch, answer);
  }

  replyWhenSafe(cell: Hosted, envelope: Envelope, answer: Payload | WireError, beside = false): void {
    const { mail, held } = this.#ports;
    const { epoch } = cell;
    if (held === undefined) {
      mail.reply(envelope, epoch, answer);
      return;
    }
    const send = (): void => mail.reply(envelope, epoch, answer);
    const lose = (): void => mail.reply(envelope, epoch, toWireError(unknown(cell.id)));
    if (!(beside ? held.holdWhole(cell, { send, lose }) : held.hold(cell, { send, lose }, false))) send();
  }

  item(envelope: Envelope, epoch: Epoch, index: number, item: Bytes | null): void {
    this.#ports.mail.item(envelope, epoch, index, item);
  }

  streaming(cell: Hosted, envelope: Envelope, isOpen: boolean): void {
    this.#ports.streams.streaming(cell, envelope, isOpen);
  }

  putOff(cell: Hosted, envelope: Envelope): void {
    const { mail, held } = this.#ports;
    const { epoch } = cell;
    const send = (): void => mail.askHere(envelope, epoch, true);
    // What becomes of the state before it is safe becomes of the ask: its asker hears of the end of this place.
    if (held === undefined || !held.hold(cell, { send, lose: () => {} }, false)) send();
  }

  askHere(envelope: Envelope, epoch: Epoch, kept: boolean): void {
    this.#ports.mail.askHere(envelope, epoch, kept);
  }

  markerMet(marker: Marker): void {
    this.#ports.mail.markerMet(marker.to, marker.markerId, marker.origin);
  }

  deliverAgain(mail: Iterable<Mail>, accepted = false): void {
    this.#ports.deliverAll(mail, accepted ? "accepted" : undefined);
  }

  /** A replica ends with its actor. */
  mayIdle(cell: HostedCell): boolean {
    const { mail, held, isReplica } = this.#ports;
    return !mail.isFenced && !isReplica(cell.id) && held?.holds(cell) !== true;
  }

  deadLetter(envelope: Envelope, reason: ErrorCode, detail: string): void {
    this.#ports.mail.deadLetter(envelope, reason, detail, this.#context.cells.get(envelope.to)?.epoch);
  }

  taking(cell: Hosted): boolean {
    return this.#ports.taking(cell);
  }

  changed(cell: Hosted, last: boolean): void {
    this.#ports.changed(cell, last);
  }

  handlerFailed(cell: Hosted, { name, sender, ask }: Envelope, error: WireError, outcome: HandlerFailure["outcome"]): void {
    this.#ports.handlerFailed({ id: cell.id, actor: cell.spec.actor, message: name, sender, asked: ask !== 0, error, outcome });
  }

  restarted(cell: Hosted, error: WireError): void {
    this.#context.tellMain({ type: "restarted", id: cell.id, epoch: cell.epoch, error });
  }

  /** Only the end of the cell that has the id here is news: another may have taken its place since. */
  ended(cell: Hosted, reason: string, error: WireError | undefined): void {
    const { mail, stuck, gone } = this.#ports;
    const { cells } = this.#context;
    stuck.ended(cell);
    if (cells.get(cell.id) !== cell) return;
    cells.delete(cell.id);
    gone(cell);
    if (mail.isFenced) mail.routes.giveUpFrom(cell.id);
    const why = error === undefined ? {} : { error };
    this.#context.tellMain({ type: "ended", id: cell.id, epoch: cell.epoch, reason, ...why });
  }

  tell(
    sender: ActorId,
    to: ActorId,
    message: string,
    input: unknown,
    options: TellOptions | undefined,
    kind: ActorKind,
    caller: Caller,
  ): boolean {
    return this.#ports.mail.tell(sender, to, message, input, options, kind, caller);
  }

  stream(
    sender: ActorId,
    to: ActorId,
    message: string,
    input: unknown,
    options: AskOptions | undefined,
    kind: ActorKind,
    caller: Caller,
  ): AsyncGenerator<unknown, void, undefined> {
    return this.#ports.mail.stream(sender, to, message, input, options, kind, caller);
  }

  ask(
    sender: ActorId,
    to: ActorId,
    message: string,
    input: unknown,
    options: AskOptions | undefined,
    kind: ActorKind,
    caller: Caller,
  ): Promise<unknown> {
    return this.#ports.mail.ask(sender, to, message, input, options, kind, caller);
  }

  waitsBehind(id: ActorId): void {
    this.#ports.mail.waitsBehind(id);
  }

  isPending(ask: number): boolean {
    return this.#ports.mail.asks.isPending(ask);
  }

  abortAsks(asks: readonly number[], reason: Error): void {
    for (const ask of asks) this.#ports.mail.asks.abort(ask, reason);
  }

  startChild(sender: ActorId, actor: AnyActor, options: StartOptions): Promise<void> {
    return this.#start(sender, childSpec(actor, options, sender), false);
  }

  startChildren(sender: ActorId, children: readonly Child[]): Promise<(Error | undefined)[]> {
    const specs = children.map(({ actor, options }) => childSpec(actor, options, sender));
    return this.#whenSafe(sender, () => this.#ports.children.startAll(specs)).catch((lost: Error) => specs.map(() => lost));
  }

  async getActor(sender: ActorId, actor: TypedActor, options: StartOptions): Promise<void> {
    return this.#start(sender, specToGet(actor, options), true);
  }

  hubCall(sender: ActorId, call: HubCall): Promise<unknown> {
    const { calls } = this.#ports;
    // A look changes nothing, so it need not wait for anything.
    return call.type === "stop" ? this.#whenSafe(sender, () => calls.ask(call)) : calls.ask(call);
  }

  #start(sender: ActorId, spec: ChildSpec, get: boolean): Promise<void> {
    return this.#whenSafe(sender, () => this.#ports.children.start(spec, get));
  }

  /** Does what a handler waits for, when the state that it began with is safe. */
  #whenSafe<T>(sender: ActorId, act: () => Promise<T>): Promise<T> {
    const { held } = this.#ports;
    const cell = this.#context.cells.get(sender);
    if (held === undefined || cell === undefined) return act();
    return new Promise((resolve, reject) => {
      const send = (): void => void act().then(resolve, reject);
      if (!held.hold(cell, { send, lose: () => reject(unknown(sender)) }, true)) send();
    });
  }

  job(module: string, input: unknown, signal: AbortSignal): Promise<unknown> {
    return this.#ports.jobs.run(module, input, signal);
  }

  watch(cell: Cell, watch: Watch): void {
    this.#ports.watches.add(cell, watch);
  }

  unwatch(cell: Cell, id: ActorId): void {
    this.#ports.watches.remove(cell, id);
  }

  subscribe(cell: Cell, subscription: Subscription): void {
    this.#ports.hearing.subscribe(cell, subscription);
  }

  unsubscribe(_: Cell, subscription: Subscription): void {
    this.#ports.hearing.unsubscribe(subscription);
  }

  hasRoomFor(_: Cell, subscription: Subscription): void {
    this.#ports.hearing.hasRoom(subscription);
  }

  emitted(cell: Cell, feed: EventFeed, seq: number): void {
    this.#ports.feeds.emitted(cell, feed, seq);
  }

  get isFenced(): boolean {
    return this.#ports.mail.isFenced;
  }

  get hasRoom(): boolean {
    return this.#waiting < this.#commonRoom;
  }

  waits(by: number): void {
    this.#waiting += by;
  }

  tellRoom(id: ActorId, to: PlaceId, hasRoom: boolean): void {
    this.#ports.mail.tellRoom(id, to, hasRoom);
  }

  ready(waiter: ActorId, ids: readonly ActorId[]): Promise<Room> {
    return this.#ports.mail.ready(ids, waiter);
  }

  log(level: "debug" | "info" | "warn" | "error", id: ActorId, message: string, data: unknown): void {
    this.#context.log(level, id, message, data);
  }
}

function unknown(id: ActorId): OutcomeUnknown {
  return new OutcomeUnknown(
    `actor ${id} ended, or its state cannot travel, before its standbys had the state that this came from`,
    { id },
  );
}
