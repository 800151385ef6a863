import type { AskOptions, Letter, Mail, Observer } from "@process-hub/actor";
import {
  type ActorId,
  type Bytes,
  type Clock,
  type CounterName,
  type DeadLetter,
  decode,
  type Epoch,
  type ErrorCode,
  encode,
  errorClasses,
  type Frame,
  FrameKind,
  fromWireError,
  type HandoffFrame,
  HubClosed,
  MailboxFull,
  nodeLifeOf,
  open,
  openOwn,
  type Packet,
  type PlaceId,
  type ReplyFrame,
  type ServiceFrame,
  type StandbyFrame,
  type ThreadSettings,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import { checkAskOptions } from "./ask-options.js";
import { Asks } from "./asks.js";
import { type Forwarding, Forwardings } from "./forwardings.js";
import { letterFrom, mailFrame, mailFrom } from "./letter-frames.js";
import { Outlets } from "./outlets.js";
import { Routes } from "./routes.js";

/** An actor of this place, as the post delivers to it. */
export interface Addressee {
  readonly epoch: Epoch;
  take(mail: Mail): void;
}

/** What a post needs from where it stands. */
export interface PostPorts {
  readonly place: PlaceId;
  readonly clock: Clock;
  readonly settings: ThreadSettings;
  readonly count: (name: CounterName, by: number) => void;
  /** Hands a packet to the link that leads towards `packet.to`. */
  readonly transmit: (packet: Packet) => void;
  /** Asks the registry where actors are; the answer comes to `resolved`. */
  readonly resolve: (ids: readonly ActorId[]) => void;
  /** The actor of this id that is here, whatever its phase. */
  readonly find: (id: ActorId) => Addressee | undefined;
  readonly handoff: (frame: HandoffFrame, from: PlaceId) => void;
  /** Absent where no copies are kept: on main threads. */
  readonly standby?: (frame: StandbyFrame, from: PlaceId) => void;
  readonly service: (frame: ServiceFrame, from: PlaceId) => void;
  readonly deadLetter: (letter: DeadLetter) => void;
  readonly badFrame: (peer: PlaceId, error: unknown) => void;
  readonly observer?: Observer | undefined;
  /** Letters had left for a place that went down. */
  readonly severed: (place: PlaceId, posted: number) => void;
}

const pruneAbove = 10_000;

/**
 * The mail of one place: what its senders send, what arrives, what is passed on to where an actor went.
 * Every thread has one, the main thread included; they differ in who lives there.
 */
export class Post {
  readonly asks: Asks;
  readonly routes: Routes;
  readonly outlets: Outlets;
  readonly forwardings = new Forwardings();
  readonly #ports: PostPorts;
  readonly #own: string;
  readonly #down = new Map<string, WireError>();
  /** Nodes (`node@incarnation`) that are about to leave. */
  readonly #leaving = new Set<string>();
  #waiting: (() => void)[] = [];
  /** News of moves that waits until all that was kept with it is on its way. */
  #untold: { readonly origin: PlaceId; readonly entry: Forwarding }[] | undefined;
  #sweeping = false;
  #closed = false;

  constructor(ports: PostPorts) {
    this.#ports = ports;
    this.#own = ports.place.slice(0, ports.place.lastIndexOf("/") + 1);
    const { place, clock, settings, count } = ports;
    this.asks = new Asks(clock, () => count("askTimeouts", 1));
    const roomAgain = (): void => this.#checkRoom();
    this.outlets = new Outlets({ place, window: settings.linkWindow, transmit: ports.transmit, count, roomAgain });
    this.routes = new Routes({
      place,
      clock,
      retryMs: settings.markerRetryMs,
      giveUpMs: settings.askTimeoutMs,
      heldLimit: settings.linkLetters,
      window: settings.linkWindow,
      resolve: ports.resolve,
      dispatch: (mail, to) => this.#dispatch(mail, to),
      released: roomAgain,
      notFound: (mail) => mail.kind === "letter" && this.deadLetter(mail, "ActorNotFound", `no actor has the id ${mail.to}`),
      overflow: (letter) => this.#overflow(letter),
      isDown: (other) => this.isDown(other),
      isLeaving: (other) => this.#leaving.has(nodeLifeOf(other)),
      added: () => this.routes.size > pruneAbove && this.#sweepLater(),
    });
  }

  /** Sends a message. False when it is time to slow down. Throws `NotSerializable`, or `HubClosed`. */
  tell(sender: ActorId | null, to: ActorId, name: string, input: unknown): boolean {
    if (this.#closed) throw new HubClosed(`tell ${name} to actor ${to}: the hub is closed`);
    return this.#send(sender, to, name, encode(input, "input"), 0, 0);
  }

  /** Sends a message and resolves with the reply. */
  ask(sender: ActorId | null, to: ActorId, name: string, input: unknown, options: AskOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new HubClosed(`ask ${name} of actor ${to}: the hub is closed`);
      checkAskOptions(options);
      const { timeoutMs = this.#ports.settings.askTimeoutMs, signal } = options;
      signal?.throwIfAborted();
      const payload = encode(input, "input");
      this.#ports.count("asks", 1);
      const nowMs = this.#ports.clock.now();
      const ask = this.asks.begin(to, name, nowMs, timeoutMs, signal, { resolve, reject });
      this.#send(sender, to, name, payload, ask, nowMs + timeoutMs);
    });
  }

  /** Answers an ask that was handled, or refused, here under `epoch`. */
  reply(letter: Letter, epoch: Epoch, answer: Bytes | WireError): void {
    const frame: ReplyFrame = [FrameKind.reply, letter.ask, epoch, answer];
    if (letter.origin === this.#ports.place) this.#onReply(frame);
    else if (!this.isDown(letter.origin))
      this.outlets.push(letter.origin, frame, 0, answer instanceof Uint8Array ? answer.byteLength : 256);
  }

  /** A marker met its running actor here, or what stands for it. */
  flushed(to: ActorId, flush: number, origin: PlaceId): void {
    if (origin === this.#ports.place) this.#onFlushed(to, flush);
    else if (!this.isDown(origin)) this.outlets.push(origin, [FrameKind.flushed, to, flush]);
  }

  /** Sends a frame of a handoff, of a standby, or of a thread's service; `letters` change hands by it. */
  send(to: PlaceId, frame: HandoffFrame | StandbyFrame | ServiceFrame, bytes = 128, letters = 0): void {
    if (to === this.#ports.place) this.#dispatchFrame(frame, to);
    else this.outlets.push(to, frame, letters, bytes);
  }

  /** Resolves when the links have room again. */
  ready(): Promise<void> {
    if (this.#closed || this.#room) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The letter is in hand, or gone: credit for it may go back. */
  taken(letter: Letter): void {
    if (letter.via === null) return;
    this.outlets.owe(letter.via);
    letter.via = null;
  }

  /** Ends a letter here: an ask is refused with the error, a tell becomes a dead letter. */
  deadLetter(letter: Letter, reason: ErrorCode, detail: string, epoch: Epoch = letter.epoch): void {
    if (letter.ask !== 0) {
      this.#ports.count("refused", 1);
      this.reply(
        letter,
        Math.max(epoch, letter.epoch),
        toWireError(new errorClasses[reason](detail, { id: letter.to, message: letter.name })),
      );
      return;
    }
    this.#ports.count("deadLettered", 1);
    this.#ports.deadLetter({ to: letter.to, message: letter.name, sender: letter.sender, reason, detail, count: 1 });
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
    count("received", packet.letters);
    count("bytesIn", packet.bytes.byteLength);
    for (const frame of frames) this.#dispatchFrame(frame, packet.from);
  }

  /** A place (or with it a whole node: `node@incarnation`) is down: what waits for it settles with the error. */
  placeDown(down: string, error: WireError): void {
    if (this.#down.has(down)) return;
    for (const place of this.#down.keys()) if (place.startsWith(`${down}/`)) this.#down.delete(place);
    this.#down.set(down, error);
    this.#leaving.delete(down);
    const isDown = (place: PlaceId): boolean => this.isDown(place);
    const severed = this.outlets.sever(isDown);
    for (const { place, posted } of severed) this.#ports.severed(place, posted);
    // That nothing had left for a thread of this node is news as well: its losses are counted when all have said.
    if (down.startsWith(this.#own) && severed.length === 0) this.#ports.severed(down, 0);
    this.asks.failWhere(
      (to, place) => isDown(place) || isDown(this.routes.placeOf(to) ?? place),
      () => fromWireError(error),
    );
    this.routes.placesDown();
  }

  /** Tells a new thread what is down: news that comes late may name it still. */
  tellDown(to: PlaceId): void {
    for (const [place, error] of this.#down) this.send(to, { type: "placeDown", place, error });
  }

  /** A node that was down is a member again. */
  placeUp(up: string): void {
    this.#down.delete(up);
  }

  /**
   * A node (`node@incarnation`) is about to leave: routes and forwarding entries that lead there are moved on, in order.
   * Resolves when none is left, so that nothing more will arrive there from here.
   */
  evacuate(node: string): Promise<void> {
    const leaving = (place: PlaceId): boolean => nodeLifeOf(place) === node;
    this.#leaving.add(node);
    return new Promise((resolve) => {
      const look = (): void => {
        const entries = this.forwardings.towards(leaving);
        for (const entry of entries) if (entry.flush === 0) this.#askAlong(entry);
        const left = this.routes.evacuate() + entries.length;
        if (left === 0 || this.#closed || this.#down.has(node)) resolve();
        else this.#ports.clock.setTimeout(look, this.#ports.settings.evacuationLookMs);
      };
      look();
    });
  }

  isDown(place: PlaceId): boolean {
    return this.#down.size > 0 && (this.#down.has(place) || this.#down.has(place.slice(0, place.lastIndexOf("/"))));
  }

  /** An actor went from here to `to`: mail for `epoch` follows it. */
  forward(id: ActorId, epoch: Epoch, to: PlaceId, nextEpoch: Epoch): void {
    this.forwardings.add(id, epoch, to, nextEpoch, this.#ports.clock.now());
    this.#sweepLater();
  }

  /** Delivers mail to the actor here, or follows it, or sends the mail back. */
  deliver(mail: Mail): void {
    const addressee = this.#ports.find(mail.to);
    if (addressee !== undefined && addressee.epoch === mail.epoch) addressee.take(mail);
    else this.#passOn(mail);
  }

  /** Delivers mail that was kept together, in order: the marker that the news of one sets off must not overtake the rest. */
  deliverAll(mails: Iterable<Mail>): void {
    const untold: { readonly origin: PlaceId; readonly entry: Forwarding }[] = [];
    this.#untold = untold;
    for (const mail of mails) this.deliver(mail);
    this.#untold = undefined;
    for (const { origin, entry } of untold) this.#tellMoved(origin, entry);
  }

  /** Settles what waits and takes no more. */
  close(): void {
    this.#closed = true;
    this.asks.close();
    for (const mail of this.routes.close()) {
      if (mail.kind === "letter" && mail.ask === 0)
        this.deadLetter(mail, "HubClosed", "the hub was closed before the message was sent");
      else if (mail.kind === "letter") this.#ports.count("refused", 1);
    }
    this.#checkRoom();
    this.outlets.flush();
  }

  #send(sender: ActorId | null, to: ActorId, name: string, payload: Bytes, ask: number, expiresAtMs: number): boolean {
    this.#ports.count("sent", 1);
    const origin = this.#ports.place;
    const letter: Letter = { kind: "letter", to, epoch: 0, name, payload, origin, sender, ask, expiresAtMs, via: null };
    this.#ports.observer?.made(letter);
    return this.routes.send(letter);
  }

  #dispatch(mail: Mail, to: PlaceId): boolean {
    const { place, settings } = this.#ports;
    if (mail.kind === "marker") {
      if (to === place) this.deliver(mail);
      else this.outlets.push(to, mailFrame(mail, place, 0));
      return true;
    }
    if (mail.origin === place) {
      if (this.outlets.outstanding(to) >= settings.linkLetters) {
        this.#overflow(mail);
        return false;
      }
      if (mail.ask !== 0) this.asks.sent(mail.ask, to, mail.epoch);
    }
    const room = this.outlets.spend(to);
    if (to === place) {
      mail.via = place;
      this.deliver(mail);
    } else {
      const nowMs = mail.expiresAtMs === 0 ? 0 : this.#ports.clock.now();
      this.outlets.push(to, mailFrame(mail, place, nowMs), 1, mail.payload.byteLength + 64);
    }
    return room;
  }

  #passOn(mail: Mail): void {
    const { clock, count } = this.#ports;
    const entry = this.forwardings.use(mail.to, mail.epoch, clock.now());
    if (entry === undefined || this.isDown(entry.to)) {
      this.#bounce(mail, entry);
      return;
    }
    mail.epoch = entry.nextEpoch;
    if (mail.kind === "letter") {
      this.taken(mail);
      count("forwarded", 1);
      count("moveInFlight", 1);
    }
    this.#dispatch(mail, entry.to);
    // After the letter: the marker that the news sets off must not overtake it.
    if (mail.kind !== "letter") return;
    if (this.#untold === undefined) this.#tellMoved(mail.origin, entry);
    else this.#untold.push({ origin: mail.origin, entry });
  }

  #tellMoved(origin: PlaceId, { id, nextEpoch, to }: Forwarding): void {
    if (origin === this.#ports.place) this.routes.moved(id, nextEpoch, to);
    else if (!this.isDown(origin)) this.outlets.push(origin, [FrameKind.moved, id, nextEpoch, to]);
  }

  #bounce(mail: Mail, dead: Forwarding | undefined): void {
    const { place, clock, count } = this.#ports;
    if (mail.kind === "letter") {
      this.taken(mail);
      count("bounced", 1);
    }
    const here = this.#ports.find(mail.to);
    const newest = dead === undefined ? this.forwardings.newest(mail.to, mail.epoch) : undefined;
    const hint = here !== undefined ? { place, epoch: here.epoch } : newest && { place: newest.to, epoch: newest.nextEpoch };
    if (mail.origin === place) this.#onBounced(mail, hint?.place, hint?.epoch ?? 0);
    else if (this.isDown(mail.origin)) {
      if (mail.kind === "letter")
        this.deadLetter(mail, "ActorNotFound", `actor ${mail.to} is not here, and its sender's thread is gone`);
    } else {
      const frame = mailFrame(mail, place, clock.now());
      this.outlets.push(
        mail.origin,
        [FrameKind.bounced, frame, hint?.place ?? null, hint?.epoch ?? 0],
        mail.kind === "letter" ? 1 : 0,
        64,
      );
    }
  }

  #dispatchFrame(frame: Frame, from: PlaceId): void {
    if (!Array.isArray(frame)) {
      this.#onObject(frame, from);
      return;
    }
    switch (frame[0]) {
      case FrameKind.letter:
        this.deliver(letterFrom(frame, from, frame[8] === 0 ? 0 : this.#ports.clock.now()));
        break;
      case FrameKind.reply:
        this.#onReply(frame);
        break;
      case FrameKind.marker:
        this.deliver(mailFrom(frame, from, 0));
        break;
      case FrameKind.flushed:
        this.#onFlushed(frame[1], frame[2]);
        break;
      case FrameKind.moved:
        this.routes.moved(frame[1], frame[2], frame[3]);
        break;
      case FrameKind.bounced: {
        const mail = mailFrom(frame[1], this.#ports.place, this.#ports.clock.now());
        if (mail.kind === "letter") mail.via = null;
        this.#onBounced(mail, frame[2] ?? undefined, frame[3]);
        break;
      }
      case FrameKind.credit:
        this.outlets.credited(from, frame[1]);
        break;
      default:
        frame satisfies never;
    }
  }

  #onObject(frame: HandoffFrame | StandbyFrame | ServiceFrame, from: PlaceId): void {
    switch (frame.type) {
      case "reserve":
      case "reserved":
      case "transfer":
      case "loaded":
      case "commit":
      case "running":
      case "abort":
        this.#ports.handoff(frame, from);
        break;
      case "follow":
      case "unfollow":
      case "states":
      case "statesTaken":
        this.#ports.standby?.(frame, from);
        break;
      default:
        if (from.startsWith(this.#own)) this.#ports.service(frame, from);
        else {
          this.#ports.count("badFrames", 1);
          this.#ports.badFrame(from, new Error(`a ${frame.type} frame from another node`));
        }
    }
  }

  #onReply([, ask, epoch, answer]: ReplyFrame): void {
    if (!this.asks.accepts(ask, epoch)) return;
    if (!(answer instanceof Uint8Array)) {
      this.asks.fail(ask, fromWireError(answer, "ActorCrashed"));
      return;
    }
    try {
      this.asks.reply(ask, decode(answer));
    } catch (error) {
      this.asks.fail(ask, new errorClasses.InvalidReply("the reply cannot be read", {}, error));
    }
  }

  #onFlushed(id: ActorId, flush: number): void {
    if (this.forwardings.owns(flush)) this.forwardings.answered(flush);
    else this.routes.flushed(id, flush);
  }

  #onBounced(mail: Mail, place: PlaceId | undefined, epoch: Epoch): void {
    if (mail.kind === "marker" && this.forwardings.owns(mail.flush)) {
      this.forwardings.answered(mail.flush);
      return;
    }
    if (mail.kind === "letter" && mail.ask !== 0) this.asks.bounced(mail.ask);
    if (mail.origin === this.#ports.place) this.routes.bounced(mail, place, epoch);
    else if (mail.kind === "letter")
      this.deadLetter(mail, "ActorNotFound", `actor ${mail.to} bounced a message that was not sent from here`);
  }

  #overflow(letter: Letter): void {
    const { linkLetters } = this.#ports.settings;
    const error = new MailboxFull(
      `${linkLetters} messages are on the way towards actor ${letter.to}; wait for ready() when tell returns false`,
      {
        id: letter.to,
      },
    );
    this.deadLetter(letter, error.code, error.message);
  }

  get #room(): boolean {
    return this.outlets.room && this.routes.heldLetters < this.#ports.settings.linkWindow;
  }

  #checkRoom(): void {
    if (this.#waiting.length === 0 || !(this.#closed || this.#room)) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #sweepLater(): void {
    if (this.#sweeping || this.#closed) return;
    this.#sweeping = true;
    this.#ports.clock.setTimeout(() => {
      this.#sweeping = false;
      this.#sweep();
      if (this.forwardings.size > 0 || this.routes.size > pruneAbove) this.#sweepLater();
    }, this.#ports.settings.deliveryMs / 2);
  }

  #sweep(): void {
    const { clock, settings } = this.#ports;
    const nowMs = clock.now();
    for (const entry of this.forwardings.idle(nowMs, settings.deliveryMs)) {
      if (this.isDown(entry.to)) this.forwardings.drop(entry);
      else if (entry.flush === 0 || nowMs - entry.askedAtMs > settings.deliveryMs) this.#askAlong(entry);
    }
    if (this.routes.size > pruneAbove) this.routes.prune(settings.deliveryMs);
  }

  /** Asks whether all that an entry passed on has arrived. */
  #askAlong(entry: Forwarding): void {
    const flush = this.forwardings.nextFlush();
    this.forwardings.asked(entry, flush, this.#ports.clock.now());
    this.#dispatch({ kind: "marker", to: entry.id, epoch: entry.nextEpoch, flush, origin: this.#ports.place }, entry.to);
  }
}
