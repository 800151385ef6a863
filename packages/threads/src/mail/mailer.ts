import type { ActorKind, AskOptions, Caller, Envelope, Mail, Room, TellOptions } from "@process-hub/actor";
import {
  type ActorId,
  type Bytes,
  bytesAbove,
  checkText,
  closePayload,
  diagnostics,
  type Epoch,
  type ErrorCode,
  type EventFrame,
  type Frame,
  FrameKind,
  frameHeaderBytes,
  fromWireError,
  type HandoffFrame,
  type Header,
  HubClosed,
  InvalidMessage,
  largeInput,
  noChecks,
  nodeLifeOf,
  type Packet,
  type Payload,
  type PlaceId,
  type ReplicaFrame,
  type ServiceFrame,
  type TellDiagnostic,
  type WireError,
} from "@process-hub/protocol";
import { Answers } from "./answers.js";
import { AskCycles } from "./ask-cycles.js";
import { checkAskOptions, checkTellOptions } from "./ask-options.js";
import { rejectionAtAsker } from "./asker-stack.js";
import { type AskSettlers, Asks, type BegunAsk } from "./asks.js";
import { AutoStarts } from "./auto-starts.js";
import { type CameBack, Delivery } from "./delivery.js";
import { Fates } from "./fates.js";
import { ForwardingCleanup, pruneAbove } from "./forwarding-cleanup.js";
import { Forwardings } from "./forwardings.js";
import { FrameHandler } from "./frame-handler.js";
import { FullActors } from "./full-actors.js";
import { Leavers } from "./leavers.js";
import type { MailerPorts } from "./mailer-ports.js";
import { messageHeader } from "./message-header.js";
import { Origins } from "./origins.js";
import { Outboxes } from "./outboxes.js";
import { RoomWaits } from "./room-waits.js";
import { Routes } from "./routes.js";
import { StalePaths } from "./stale-paths.js";
import { StreamReader, StreamReaders, streamMs } from "./stream-readers.js";
import { toldAsk, toldTell } from "./told-messages.js";
import { UnreachablePlaces } from "./unreachable-places.js";

/**
 * The mail of one place: builds its parts, and says in order what follows from what. Every thread has one, the main thread included; they
 * differ in who lives there. Without it each part would have to know all others, and none could be tested alone.
 */
export class Mailer {
  readonly asks: Asks;
  readonly routes: Routes;
  readonly outboxes: Outboxes;
  readonly forwardings: Forwardings;
  readonly unreachable: UnreachablePlaces;
  readonly #stalePaths = new StalePaths();
  readonly #leavers = new Leavers();
  readonly #origins: Origins;
  readonly #fates: Fates;
  readonly #delivery: Delivery;
  readonly #cleanup: ForwardingCleanup;
  readonly #frameHandler: FrameHandler;
  readonly #ports: MailerPorts;
  /** How the places of this node begin. */
  readonly #own: string;
  readonly #maxBytes: number;
  #closed = false;
  readonly #autoStarts: AutoStarts | undefined;
  readonly #full = new FullActors();
  readonly #roomWaits: RoomWaits;
  readonly #askCycles: AskCycles;
  /** Whom this main thread told more than there was room for, until it has waited for that. */
  readonly #toldTooMuch = new Set<ActorId>();
  readonly #streams = new StreamReaders();

  constructor(ports: MailerPorts) {
    this.#ports = ports;
    const own = ports.place.slice(0, ports.place.lastIndexOf("/") + 1);
    const { place, clock, settings, count, find, checks = noChecks } = ports;
    this.#own = own;
    this.#maxBytes = settings.messageBytes ?? Number.POSITIVE_INFINITY;
    const isFenced = (): boolean => this.isFenced;
    const roomAgain = (): void => this.#roomWaits.look();
    const maxBytes = this.#maxBytes + frameHeaderBytes;
    const { linkWindow: window, linkLetters } = settings;
    const asks = new Asks({
      clock,
      checks,
      timedOut: () => count("askTimeouts", 1),
      withdraw: (ask, to, at, epoch) => {
        if (!unreachable.isDown(at)) this.#sendFrame(at, [FrameKind.withdraw, to, epoch, ask]);
      },
    });
    const outboxes = new Outboxes({ place, checks, window, maxBytes, transmit: ports.transmit, count, roomAgain });
    const unreachable = new UnreachablePlaces(own);
    const origins = new Origins({
      place,
      clock,
      outboxes,
      unreachable,
      reply: (ask, epoch, answer) => answers.reply(ask, epoch, answer),
      item: (frame) => this.#frameHandler.take(frame, place),
      markerMet: (id, markerId) => answers.markerMet(id, markerId),
      askHere: (ask, to, epoch, kept) => asks.isAt(ask, to, place, epoch, kept),
      wentOn: (ask, to, at, epoch) => asks.wentOn(ask, to, at, epoch),
      moved: (id, epoch, to) => routes.moved(id, epoch, to),
      bounced: (mail, to, epoch, givenUp) => answers.bounced(mail, to, epoch, givenUp),
    });
    const autoStarts = ports.autoStarts && new AutoStarts(ports.autoStarts, checks);
    const fates = new Fates({ linkLetters, outboxes, origins, count, deadLetter: ports.deadLetter });
    const routes = new Routes({
      place,
      clock,
      checks,
      retryMs: settings.markerRetryMs,
      giveUpMs: settings.askTimeoutMs,
      heldForOne: settings.mailbox,
      heldLimit: linkLetters,
      heldBytes: settings.heldBytes ?? Number.POSITIVE_INFINITY,
      window,
      actorWindow: settings.actorWindow,
      hasWay: (to) => outboxes.hasRoom(to),
      sentTo: (to) => outboxes.sentTo(to),
      isTaken: (to, sent) => outboxes.isTaken(to, sent),
      resolve: ports.resolve,
      dispatch: (mail, to, nowMs) => delivery.dispatch(mail, to, nowMs),
      released: roomAgain,
      autoStart: (id, mails) => autoStarts?.begin(id, mails),
      notStarted: (envelope, error) => fates.refuse(envelope, error),
      notFound: (envelope) => fates.deadLetter(envelope, "ActorNotFound", `no actor has the id ${envelope.to}`),
      overflow: (envelope, why) => fates.overflow(envelope, why),
      expired: (envelope) => fates.expired(envelope),
      overtaken: (envelope) => fates.overtaken(envelope),
      stalePath: (id, epoch, to) => {
        if (to === place) this.#stalePaths.note(id, epoch, place);
        else outboxes.push(to, [FrameKind.stalePath, id, epoch]);
      },
      isDown: (other) => unreachable.isDown(other),
      allDrained: () => unreachable.allDrained,
      isFenced,
      isLeaving: (other) => unreachable.isLeaving(other),
      added: () => routes.size > pruneAbove && cleanup.sweepLater(),
    });
    const forwardings = new Forwardings(checks);
    const delivery = new Delivery({
      ...{ place, clock, checks, linkLetters, count, find, isFenced },
      ...{ outboxes, asks, forwardings, unreachable, fates, origins },
    });
    const isClosed = (): boolean => this.#closed;
    const cleanup = new ForwardingCleanup({
      place,
      clock,
      checks,
      settings,
      forwardings,
      routes,
      asks,
      unreachable,
      delivery,
      isClosed,
    });
    const full = this.#full;
    const hasWay = (id: ActorId): boolean => routes.hasWay(id);
    this.#roomWaits = new RoomWaits({
      ...{ place, clock, full, hasWay, find },
      isAway: (id) => routes.isAway(id),
      giveUpMs: settings.askTimeoutMs,
      send: (to, frame) => this.#sendFrame(to, frame),
    });
    this.#askCycles = new AskCycles({
      ...{ place, clock, find },
      whereIs: (ask) => asks.whereIs(ask),
      send: (to, frame) => {
        if (!unreachable.isDown(to)) this.#sendFrame(to, frame);
      },
    });
    const isHere = (id: ActorId): boolean => find(id) !== undefined;
    const answers = new Answers({ place, asks, routes, forwardings, cleanup, leavers: this.#leavers, fates, isHere });
    const { badFrame, handoff, standby, events, service } = ports;
    this.#frameHandler = new FrameHandler({
      ...{ place, own, clock, checks, count, badFrame, handoff, standby, events, service },
      ...{ delivery, answers, routes, outboxes, asks, stalePaths: this.#stalePaths, fates },
      ...{ find, full, roomWaits: this.#roomWaits, askCycles: this.#askCycles, streams: this.#streams },
    });
    this.#autoStarts = autoStarts;
    this.asks = asks;
    this.routes = routes;
    this.outboxes = outboxes;
    this.unreachable = unreachable;
    this.forwardings = forwardings;
    this.#origins = origins;
    this.#fates = fates;
    this.#delivery = delivery;
    this.#cleanup = cleanup;
  }

  /** True when nothing more is sent. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Sends a message, to an actor of the kind if one is given. False when it is time to slow down. Throws `NotSerializable`, `InvalidMessage` for an input that is too large, or `HubClosed`. */
  tell(
    sender: ActorId | null,
    to: ActorId,
    name: string,
    input: unknown,
    options?: TellOptions,
    kind?: ActorKind,
    caller?: Caller,
  ): boolean {
    if (this.#closed) throw new HubClosed(`tell ${name} to actor ${to}: the hub is closed`);
    if (options !== undefined) checkTellOptions(options);
    const payload = this.payload(to, name, input);
    let header = messageHeader(options, caller);
    if (diagnostics.tell.hasSubscribers) header = toldTell(this.#told(sender, to, name, kind), header);
    const hasRoom = this.#send(sender, to, name, payload, undefined, 0, kind, header);
    if (!hasRoom && sender === null) this.#toldTooMuch.add(to);
    return hasRoom;
  }

  /** Sends a message and resolves with the reply. */
  ask(
    sender: ActorId | null,
    to: ActorId,
    name: string,
    input: unknown,
    options: AskOptions = {},
    kind?: ActorKind,
    caller?: Caller,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new HubClosed(`ask ${name} of actor ${to}: the hub is closed`);
      if (kind?.streams?.has(name) === true) throw notAsked(to, name, kind, "is a stream: read it by `ref.stream`");
      checkAskOptions(options);
      const { timeoutMs = this.#ports.settings.askTimeoutMs, signal } = options;
      signal?.throwIfAborted();
      const payload = this.payload(to, name, input);
      let header = messageHeader(options, caller);
      let settlers: AskSettlers = new PromiseOfReply(resolve, reject);
      if (diagnostics.ask.hasSubscribers) ({ header, settlers } = toldAsk(this.#told(sender, to, name, kind), header, settlers));
      const nowMs = this.#ports.clock.now();
      const leftMs = timeLeft(caller, nowMs);
      const inherited = leftMs < timeoutMs;
      const forMs = inherited ? Math.max(0, leftMs) : timeoutMs;
      const ask = this.asks.begin(to, name, nowMs, forMs, signal, settlers, kind?.errors, inherited);
      // Without time nobody could answer it: it times out, and nothing is sent.
      if (forMs === 0) return;
      caller?.noteAsk(ask.number);
      this.#send(sender, to, name, payload, ask, nowMs + forMs, kind, header, nowMs);
    });
  }

  /** Opens a stream when its first item is wanted; `refused`: why it may not be then. Throws `NotSerializable`, or `InvalidMessage` for an input that is too large. */
  stream(
    sender: ActorId | null,
    to: ActorId,
    name: string,
    input: unknown,
    options: AskOptions = {},
    kind?: ActorKind,
    caller?: Caller,
    refused?: () => Error | undefined,
  ): StreamReader {
    checkAskOptions(options);
    const { timeoutMs = this.#ports.settings.askTimeoutMs, signal } = options;
    const { clock } = this.#ports;
    const payload = this.payload(to, name, input);
    const given = messageHeader(options, caller);
    const open = (reader: StreamReader): number => {
      if (this.#closed) throw new HubClosed(`stream ${name} of actor ${to}: the hub is closed`);
      if (kind !== undefined && kind.streams?.has(name) !== true) throw notAsked(to, name, kind, "is no stream: ask it");
      const refusal = refused?.();
      if (refusal !== undefined) throw refusal;
      signal?.throwIfAborted();
      const nowMs = clock.now();
      const leftMs = Math.max(0, timeLeft(caller, nowMs));
      const forMs = Math.min(streamMs, leftMs);
      const { header, settlers } = diagnostics.ask.hasSubscribers
        ? toldAsk(this.#told(sender, to, name, kind), given, reader, true)
        : { header: given, settlers: reader };
      const ask = this.asks.begin(to, name, nowMs, forMs, signal, settlers, kind?.errors, leftMs < streamMs);
      this.#streams.opened(ask.number, reader);
      if (forMs === 0) return ask.number;
      caller?.noteAsk(ask.number);
      this.#send(sender, to, name, payload, ask, nowMs + forMs, kind, header);
      return ask.number;
    };
    return new StreamReader({
      ...{ clock, to, message: name, timeoutMs, open },
      more: (place, ask, items) => {
        if (!this.unreachable.isDown(place)) this.#sendFrame(place, [FrameKind.more, to, ask, items]);
      },
      abort: (ask, reason) => this.asks.abort(ask, reason),
      closed: (ask) => this.#streams.closed(ask),
    });
  }

  #told(sender: ActorId | null, to: ActorId, message: string, kind: ActorKind | undefined): Omit<TellDiagnostic, "trace"> {
    return { place: this.#ports.place, sender, to, actor: kind?.name ?? null, message };
  }

  /** An item of a stream that an actor here gives. */
  item(envelope: Envelope, epoch: Epoch, index: number, item: Bytes | null): void {
    this.#origins.item(envelope, epoch, index, item);
  }

  /** An input as it travels. Throws `NotSerializable`, or `InvalidMessage` when it is too large. */
  payload(to: ActorId, name: string, input: unknown): Payload {
    checkText("tell and ask", "message", name);
    const payload = closePayload(input, "input");
    const tooMany = bytesAbove(payload, this.#maxBytes);
    if (tooMany !== undefined) throw largeInput(to, name, tooMany, this.#maxBytes);
    return payload;
  }

  /** Answers an ask that was handled, or refused, here under `epoch`. */
  reply(envelope: Envelope, epoch: Epoch, answer: Payload | WireError): void {
    this.#origins.reply(envelope, epoch, answer);
  }

  /** An ask of an actor waits at this one, whose handler waits for others. */
  waitsBehind(id: ActorId): void {
    this.#askCycles.waits(id);
  }

  /** An ask that was aborted has left with its actor, which goes on at a place under an epoch. */
  wentOn({ origin, ask, to: id }: Envelope, to: PlaceId, nextEpoch: Epoch): void {
    this.#origins.wentOn(origin, ask, { id, to, nextEpoch });
  }

  /** An ask that was handed over with its actor waits here now. `kept`: it does not end with this place. */
  askHere(envelope: Envelope, epoch: Epoch, kept = false): void {
    this.#origins.askHere(envelope, epoch, kept);
  }

  /** A marker met its running actor here, or what stands for it. */
  markerMet(to: ActorId, markerId: number, origin: PlaceId): void {
    this.#origins.markerMet(to, markerId, origin);
  }

  /** Sends a frame of a handoff, of a standby, of events, or of a thread's service; `envelopes` change hands by it. */
  send(to: PlaceId, frame: HandoffFrame | ReplicaFrame | EventFrame | ServiceFrame, bytes = 128, envelopes = 0): void {
    this.#sendFrame(to, frame, bytes, envelopes);
  }

  /** Tells a place that writes to an actor of this one whether there is room for more. */
  tellRoom(id: ActorId, to: PlaceId, hasRoom: boolean): void {
    if (!this.#closed && !this.unreachable.isDown(to)) this.#sendFrame(to, [FrameKind.room, id, hasRoom]);
  }

  /**
   * Resolves when these actors have room for more; without `ids`, those that this main thread told too much. "cycle": the actor that waits was
   * let through, since they wait for it; "away": one of them had no place for as long as an ask may take.
   */
  async ready(ids: readonly ActorId[] = [...this.#toldTooMuch], waiter: ActorId | null = null): Promise<Room> {
    if (this.#closed) return "room";
    const room = await this.#roomWaits.wait(waiter, ids);
    if (waiter === null) for (const id of ids) this.#toldTooMuch.delete(id);
    return room;
  }

  /** The message is in hand, or gone: credit for it may go back. */
  taken(envelope: Envelope): void {
    this.#fates.taken(envelope);
  }

  /** Ends a message here: an ask is refused with the error, a tell becomes a dead letter. */
  deadLetter(envelope: Envelope, reason: ErrorCode, detail: string, epoch: Epoch = envelope.epoch): void {
    this.#fates.deadLetter(envelope, reason, detail, epoch);
  }

  /** Opens a packet and acts on its frames in order. A frame that does not fit drops the packet, is counted and reported. */
  receive(packet: Packet): void {
    this.#frameHandler.receive(packet);
  }

  /** A place (or with it a whole node: `node@incarnation`) is down: what waits there settles with the error. */
  placeDown(down: string, error: WireError): void {
    const { unreachable, outboxes, routes } = this;
    const waited = !unreachable.allDrained;
    if (!unreachable.noteDown(down, error)) return;
    const isDown = (place: PlaceId): boolean => unreachable.isDown(place);
    const isOwn = down.startsWith(this.#own);
    // What waits for another node's thread goes on its way, and is counted where that ends; what waits for one of this node is reported below.
    if (!isOwn) outboxes.flush();
    const cut = outboxes.sever(isDown);
    for (const { place, posted } of cut) this.#ports.postedToDead(place, posted);
    // Zero is reported too for a thread of this node: its losses are counted when all have reported.
    if (isOwn && cut.length === 0) this.#ports.postedToDead(down, 0);
    this.#failLost();
    routes.placesDown();
    this.#full.forget(isDown);
    this.#roomWaits.look();
    if (waited && unreachable.allDrained) routes.drained();
  }

  /**
   * Resolves when what went on from here has arrived, all that came from a dead place among it; or when nobody waits for that.
   * `keeping`: actors on their way, whose mail is kept aside until they are elsewhere, or here again.
   */
  whenDrained(dead: PlaceId, keeping: readonly { readonly id: ActorId; readonly epoch: Epoch }[]): Promise<void> {
    return this.#cleanup.whenDrained(dead, keeping);
  }

  /** All that a dead thread had passed on is in: those who sent by way of it may look for another. */
  placeDrained(place: PlaceId): void {
    if (!this.unreachable.noteDrained(place)) return;
    this.#failLost();
    this.routes.drained();
  }

  /** Tells a new thread which places are down, because late news may still name them. It has sent nothing by way of them. */
  tellDown(to: PlaceId): void {
    for (const [place, error] of this.unreachable.down) {
      this.send(to, { type: "placeDown", place, error });
      if (place.includes("/")) this.send(to, { type: "placeDrained", place });
    }
  }

  /** A node that was down is a member again. */
  placeUp(up: string): void {
    this.unreachable.noteUp(up);
    this.routes.back((place) => nodeLifeOf(place) === up);
  }

  /**
   * A node (`node@incarnation`), or a single place, is about to leave: routes and forwarding entries that lead there are moved on, in order.
   * Resolves when none is left, so that nothing more will arrive there from here.
   */
  evacuate(node: string): Promise<void> {
    this.unreachable.noteLeaving(node);
    return this.#cleanup.evacuate(node);
  }

  /** True while this node may not serve. */
  get isFenced(): boolean {
    return this.#ports.isFenced?.() === true;
  }

  isDown(place: PlaceId): boolean {
    return this.unreachable.isDown(place);
  }

  /** An actor went from here to `to`: mail for `epoch` follows it. */
  forward(id: ActorId, epoch: Epoch, to: PlaceId, nextEpoch: Epoch): void {
    if (to !== this.#ports.place) this.#leavers.note(id);
    this.forwardings.add(id, epoch, to, nextEpoch, this.#ports.clock.now());
    this.#cleanup.sweepLater();
  }

  /** Delivers mail that was kept together, in order; `cameBack`: it had been taken in here. */
  deliverAll(mails: Iterable<Mail>, cameBack?: CameBack): void {
    this.#delivery.deliverAll(mails, cameBack);
  }

  /** Sends at once what waits for the end of the turn. False when nothing does. */
  flush(): boolean {
    return this.outboxes.flush();
  }

  /** Settles what waits and takes no more. */
  close(): void {
    this.#closed = true;
    this.asks.close();
    for (const mail of this.routes.close()) {
      if (mail.kind === "envelope" && mail.ask === 0)
        this.deadLetter(mail, "HubClosed", "the hub was closed before the message was sent");
      else if (mail.kind === "envelope") this.#ports.count("refused", 1);
    }
    this.#roomWaits.close();
    this.#askCycles.close();
    this.outboxes.flush();
  }

  /**
   * Fails the asks whose actor was at a place that is down, by the latest word of either. One that was sent to a dead thread may have gone
   * on with its actor, and is told to be elsewhere by the time that the thread is drained; of a dead node nobody could say when that is.
   */
  #failLost(): void {
    const { asks, routes, unreachable } = this;
    asks.failLost((to, place, epoch) => {
      const actorAt = routes.placeAfter(to, epoch) ?? place;
      const loss = unreachable.downOf(actorAt) ?? (unreachable.isUndrained(place) ? undefined : unreachable.downOf(place));
      return loss && fromWireError(loss);
    });
  }

  #send(
    sender: ActorId | null,
    to: ActorId,
    name: string,
    payload: Payload,
    ask: BegunAsk | undefined,
    expiresAtMs: number,
    kind: ActorKind | undefined,
    header: Header | undefined,
    nowMs?: number,
  ): boolean {
    const origin = this.#ports.place;
    if (kind?.autoStart !== undefined) this.#autoStarts?.note(kind);
    const envelope: Envelope = {
      kind: "envelope",
      to,
      epoch: 0,
      sentEpoch: 0,
      name,
      actor: kind === undefined ? null : kind.name,
      payload,
      header,
      origin,
      sender,
      ask: ask?.number ?? 0,
      expiresAtMs,
      via: null,
    };
    if (ask !== undefined) ask.unsent = envelope;
    const isHeld =
      sender !== null &&
      this.#ports.hold?.(
        envelope,
        () => this.#leave(envelope),
        () => this.#lose(envelope),
      ) === true;
    const hasWay = isHeld ? this.routes.hasWay(to) : this.#leave(envelope, nowMs);
    return hasWay && (this.#full.size === 0 || !this.#full.has(to));
  }

  #leave(envelope: Envelope, nowMs?: number): boolean {
    this.#made(envelope);
    return this.routes.send(envelope, nowMs);
  }

  #made(envelope: Envelope): void {
    this.#ports.count("sent", 1);
    if (envelope.ask !== 0) this.#ports.count("asks", 1);
    this.#ports.observer?.made(envelope);
  }

  #lose(envelope: Envelope): void {
    this.#made(envelope);
    const text = `actor ${envelope.sender} ended, or its state cannot travel, before its standbys had the state from which it sent this`;
    this.deadLetter(envelope, "OutcomeUnknown", text);
  }

  #sendFrame(to: PlaceId, frame: Frame, bytes = 128, envelopes = 0): void {
    if (to === this.#ports.place) this.#frameHandler.take(frame, to);
    else this.outboxes.push(to, frame, envelopes, bytes);
  }
}

function notAsked(id: ActorId, message: string, { name }: ActorKind, why: string): InvalidMessage {
  return new InvalidMessage(`${message} of actor ${name} ${why}`, { id, message });
}

/** How long the asker of the message in hand waits for its reply: what comes of it has no more time than that. */
function timeLeft(caller: Caller | undefined, nowMs: number): number {
  const asked = caller?.inHand;
  return asked === undefined || asked.ask === 0 || asked.expiresAtMs === 0 ? Number.POSITIVE_INFINITY : asked.expiresAtMs - nowMs;
}

/** The two ends of the promise of an ask. */
class PromiseOfReply implements AskSettlers {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (reason: unknown) => void;

  constructor(resolve: (reply: unknown) => void, reject: (reason: unknown) => void) {
    this.resolve = resolve;
    this.reject = reject;
  }

  fail(error: unknown): void {
    this.resolve(rejectionAtAsker(error));
  }
}
