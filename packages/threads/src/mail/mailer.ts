import type { AskOptions, Envelope, Mail } from "@process-hub/actor";
import {
  type ActorId,
  type Bytes,
  type Epoch,
  type ErrorCode,
  encode,
  type Frame,
  FrameKind,
  frameHeaderBytes,
  type HandoffFrame,
  HubClosed,
  largeInput,
  open,
  openOwn,
  type Packet,
  type PlaceId,
  type ReplicaFrame,
  type ReplyFrame,
  refusal,
  type ServiceFrame,
  type WireError,
} from "@process-hub/protocol";
import { checkAskOptions } from "./ask-options.js";
import { Asks } from "./asks.js";
import { Delivery } from "./delivery.js";
import { ForwardingCleanup, pruneAbove } from "./forwarding-cleanup.js";
import { Forwardings } from "./forwardings.js";
import { FrameHandler } from "./frame-handler.js";
import { Leavers } from "./leavers.js";
import type { MailerPorts } from "./mailer-ports.js";
import { Outboxes } from "./outboxes.js";
import { Routes } from "./routes.js";
import { StalePaths } from "./stale-paths.js";
import { UnreachablePlaces } from "./unreachable-places.js";

/**
 * The mail of one place: what its senders send, what arrives, what is passed on to where an actor went.
 * Every thread has one, the main thread included; they differ in who lives there.
 */
export class Mailer {
  readonly asks: Asks;
  readonly routes: Routes;
  readonly outboxes: Outboxes;
  readonly forwardings = new Forwardings();
  readonly stalePaths = new StalePaths();
  readonly leavers = new Leavers();
  readonly unreachable: UnreachablePlaces;
  readonly ends: ForwardingCleanup;
  readonly delivery: Delivery;
  readonly frameHandler: FrameHandler;
  /** True when nothing more is sent. */
  closed = false;
  readonly #ports: MailerPorts;
  readonly #own: string;
  readonly #maxBytes: number;
  #waiting: (() => void)[] = [];

  constructor(ports: MailerPorts) {
    this.#ports = ports;
    this.#own = ports.place.slice(0, ports.place.lastIndexOf("/") + 1);
    const { place, clock, settings, count } = ports;
    this.#maxBytes = settings.messageBytes ?? Number.POSITIVE_INFINITY;
    this.asks = new Asks(clock, () => count("askTimeouts", 1));
    const roomAgain = (): void => this.#checkRoom();
    const maxBytes = this.#maxBytes + frameHeaderBytes;
    this.outboxes = new Outboxes({ place, window: settings.linkWindow, maxBytes, transmit: ports.transmit, count, roomAgain });
    this.routes = new Routes({
      place,
      clock,
      retryMs: settings.markerRetryMs,
      giveUpMs: settings.askTimeoutMs,
      heldLimit: settings.linkLetters,
      window: settings.linkWindow,
      resolve: ports.resolve,
      dispatch: (mail, to) => this.delivery.dispatch(mail, to),
      released: roomAgain,
      notFound: (mail) => mail.kind === "envelope" && this.deadLetter(mail, "ActorNotFound", `no actor has the id ${mail.to}`),
      overflow: (envelope) => this.overflow(envelope),
      overtaken: (envelope) => this.overtaken(envelope),
      overtake: (id, epoch, to) => {
        if (to === place) this.stalePaths.note(id, epoch, place);
        else this.outboxes.push(to, [FrameKind.overtake, id, epoch]);
      },
      isDown: (other) => this.unreachable.isDown(other),
      isSettled: () => this.unreachable.settled,
      isFenced: () => this.isFenced,
      isLeaving: (other) => this.unreachable.isLeaving(other),
      added: () => this.routes.size > pruneAbove && this.ends.sweepLater(),
    });
    this.delivery = new Delivery(this, ports);
    this.unreachable = new UnreachablePlaces(this, ports, this.#own);
    this.ends = new ForwardingCleanup(this, ports);
    this.frameHandler = new FrameHandler(this, ports, this.#own);
  }

  /** Sends a message. False when it is time to slow down. Throws `NotSerializable`, `InvalidMessage` for an input that is too large, or `HubClosed`. */
  tell(sender: ActorId | null, to: ActorId, name: string, input: unknown): boolean {
    if (this.closed) throw new HubClosed(`tell ${name} to actor ${to}: the hub is closed`);
    return this.#send(sender, to, name, this.payload(to, name, input), 0, 0);
  }

  /** Sends a message and resolves with the reply. */
  ask(sender: ActorId | null, to: ActorId, name: string, input: unknown, options: AskOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.closed) throw new HubClosed(`ask ${name} of actor ${to}: the hub is closed`);
      checkAskOptions(options);
      const { timeoutMs = this.#ports.settings.askTimeoutMs, signal } = options;
      signal?.throwIfAborted();
      const payload = this.payload(to, name, input);
      this.#ports.count("asks", 1);
      const nowMs = this.#ports.clock.now();
      const ask = this.asks.begin(to, name, nowMs, timeoutMs, signal, { resolve, reject });
      this.#send(sender, to, name, payload, ask, nowMs + timeoutMs);
    });
  }

  /** An input as it travels. Throws `NotSerializable`, or `InvalidMessage` when it is too large. */
  payload(to: ActorId, name: string, input: unknown): Bytes {
    const payload = encode(input, "input");
    if (payload.byteLength > this.#maxBytes) throw largeInput(to, name, payload.byteLength, this.#maxBytes);
    return payload;
  }

  /** Answers an ask that was handled, or refused, here under `epoch`. */
  reply(envelope: Envelope, epoch: Epoch, answer: Bytes | WireError): void {
    const frame: ReplyFrame = [FrameKind.reply, envelope.ask, epoch, answer];
    if (envelope.origin === this.#ports.place) this.frameHandler.reply(frame);
    else if (!this.unreachable.isDown(envelope.origin))
      this.outboxes.push(envelope.origin, frame, 0, answer instanceof Uint8Array ? answer.byteLength : 256);
  }

  /** A marker met its running actor here, or what stands for it. */
  flushed(to: ActorId, markerId: number, origin: PlaceId): void {
    if (origin === this.#ports.place) this.frameHandler.flushed(to, markerId);
    else if (!this.unreachable.isDown(origin)) this.outboxes.push(origin, [FrameKind.flushed, to, markerId]);
  }

  /** Sends a frame of a handoff, of a standby, or of a thread's service; `envelopes` change hands by it. */
  send(to: PlaceId, frame: HandoffFrame | ReplicaFrame | ServiceFrame, bytes = 128, envelopes = 0): void {
    if (to === this.#ports.place) this.frameHandler.take(frame, to);
    else this.outboxes.push(to, frame, envelopes, bytes);
  }

  /** Resolves when the links have room again. */
  ready(): Promise<void> {
    if (this.closed || this.#room) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The message is in hand, or gone: credit for it may go back. */
  taken(envelope: Envelope): void {
    if (envelope.via === null) return;
    this.outboxes.owe(envelope.via);
    envelope.via = null;
  }

  /** Ends a message here: an ask is refused with the error, a tell becomes a dead letter. */
  deadLetter(envelope: Envelope, reason: ErrorCode, detail: string, epoch: Epoch = envelope.epoch): void {
    if (envelope.ask !== 0) {
      this.#ports.count("refused", 1);
      this.reply(envelope, Math.max(epoch, envelope.epoch), refusal(reason, detail, { id: envelope.to, message: envelope.name }));
      return;
    }
    this.#ports.count("deadLettered", 1);
    this.#ports.deadLetter({ to: envelope.to, message: envelope.name, sender: envelope.sender, reason, detail, count: 1 });
  }

  /** Opens a packet and acts on its frames in order. A frame that does not fit drops the packet, is counted and reported. */
  receive(packet: Packet): void {
    const { count, badFrame } = this.#ports;
    let frames: Frame[];
    try {
      frames = packet.from.startsWith(this.#own) ? openOwn(packet) : open(packet);
    } catch (error) {
      count("badFrames", 1);
      badFrame(packet.from, error);
      return;
    }
    count("received", packet.envelopes);
    count("bytesIn", packet.bytes.byteLength);
    for (const frame of frames) this.frameHandler.take(frame, packet.from);
  }

  /** A place (or with it a whole node: `node@incarnation`) is down: what waits for it settles with the error. */
  placeDown(down: string, error: WireError): void {
    this.unreachable.placeDown(down, error);
  }

  /**
   * Resolves when what went on from here has arrived, all that came from a dead place among it; or when nobody waits for that.
   * `keeping`: actors on their way, whose mail is kept aside until they are elsewhere, or here again.
   */
  passedOn(dead: PlaceId, keeping: readonly { readonly id: ActorId; readonly epoch: Epoch }[]): Promise<void> {
    return this.ends.passedOn(dead, keeping);
  }

  /** All that a dead thread had passed on is in: those who sent by way of it may look for another. */
  placeDrained(place: PlaceId): void {
    this.unreachable.placeDrained(place);
  }

  /** Tells a new thread what is down: news that comes late may name it still. By way of those it has sent nothing. */
  tellDown(to: PlaceId): void {
    this.unreachable.tell(to);
  }

  /** A node that was down is a member again. */
  placeUp(up: string): void {
    this.unreachable.placeUp(up);
  }

  /**
   * A node (`node@incarnation`) is about to leave: routes and forwarding entries that lead there are moved on, in order.
   * Resolves when none is left, so that nothing more will arrive there from here.
   */
  evacuate(node: string): Promise<void> {
    return this.ends.evacuate(node);
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
    if (to !== this.#ports.place) this.leavers.note(id);
    this.forwardings.add(id, epoch, to, nextEpoch, this.#ports.clock.now());
    this.ends.sweepLater();
  }

  /** Delivers mail that was kept together, in order; `givenUp`: by a copy that gave way to another. */
  deliverAll(mails: Iterable<Mail>, givenUp = false): void {
    this.delivery.deliverAll(mails, givenUp);
  }

  /** Settles what waits and takes no more. */
  close(): void {
    this.closed = true;
    this.asks.close();
    for (const mail of this.routes.close()) {
      if (mail.kind === "envelope" && mail.ask === 0)
        this.deadLetter(mail, "HubClosed", "the hub was closed before the message was sent");
      else if (mail.kind === "envelope") this.#ports.count("refused", 1);
    }
    this.#checkRoom();
    this.outboxes.flush();
  }

  #send(sender: ActorId | null, to: ActorId, name: string, payload: Bytes, ask: number, expiresAtMs: number): boolean {
    this.#ports.count("sent", 1);
    const origin = this.#ports.place;
    const envelope: Envelope = {
      kind: "envelope",
      to,
      epoch: 0,
      sentEpoch: 0,
      name,
      payload,
      origin,
      sender,
      ask,
      expiresAtMs,
      via: null,
    };
    this.#ports.observer?.made(envelope);
    return this.routes.send(envelope);
  }

  /** Ends a message for which there is no room on the way. */
  overflow(envelope: Envelope): void {
    const { linkLetters } = this.#ports.settings;
    const text = `${linkLetters} messages are on the way towards actor ${envelope.to}; wait for ready() when tell returns false`;
    this.deadLetter(envelope, "MailboxFull", text);
  }

  /** Ends a message that would be handled after later ones of its sender. */
  overtaken(envelope: Envelope): void {
    const why = "later messages of its sender have gone there, or may have";
    this.deadLetter(envelope, "ActorStopped", `actor ${envelope.to} goes on elsewhere, and ${why}`);
  }

  get #room(): boolean {
    return this.outboxes.room && this.routes.heldEnvelopes < this.#ports.settings.linkWindow;
  }

  #checkRoom(): void {
    if (this.#waiting.length === 0 || !(this.closed || this.#room)) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
