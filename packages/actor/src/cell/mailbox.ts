import { type ActorId, type CounterName, type ErrorCode, type PlaceId, type Refusal, refusal } from "@process-hub/protocol";
import type { Room } from "../definition/context.js";
import { type Envelope, expire, type Mail, type Marker } from "./envelope.js";
import { MessageLanes, type Turn } from "./message-lanes.js";

/** How often at most a full mailbox looks for asks whose time is over: a look costs as much as it holds. */
const freesEveryMs = 100;

/** The ports of a mailbox. */
export interface MailboxPorts {
  readonly limits: { readonly mailbox: number; readonly actorWindow: number };
  /** False while so many messages wait on this thread that whoever writes to it is to slow down. */
  readonly hasRoom: boolean;
  now(): number;
  count(name: CounterName): void;
  /** The message has left the mailbox: credit for it may go back. */
  taken(envelope: Envelope): void;
  reply(envelope: Envelope, answer: Refusal): void;
  markerMet(marker: Marker): void;
  deadLetter(envelope: Envelope, reason: ErrorCode, detail: string): void;
  /** So many more messages wait on this thread, or fewer. */
  waits(by: number): void;
  /** Tells a place that writes to an actor of this thread whether there is room for more. */
  tellRoom(id: ActorId, to: PlaceId, hasRoom: boolean): void;
  /** Resolves when these actors have room for what another one writes. */
  ready(waiter: ActorId, ids: readonly ActorId[]): Promise<Room>;
}

/** Whom a mailbox has told that it is full. */
interface Told {
  readonly id: ActorId;
  readonly places: Set<PlaceId>;
}

/**
 * Where an actor's mail waits: messages in order, what a move keeps aside, and the bound on both. Every message that leaves without
 * a handler leaves by `refuse`, so that its sender learns why; the credit a message owes goes back once. Those who write to it hear when
 * its window is full, and when half of that is handled.
 * Without it a fast sender could fill the memory of a thread, or wait for an answer that never comes.
 */
export class Mailbox {
  readonly #host: MailboxPorts;
  readonly #envelopes: MessageLanes;
  /** Made with the first: most never have one. */
  #aside: Mail[] | undefined;
  #markers = 0;
  #freesAtMs = 0;
  #waitsForRoom = 0;
  /** How many may wait before its senders are told to slow down. */
  #window: number;
  /** Made when it is full: most never are. */
  #told: Told | undefined;

  /** `concurrent`: the names of messages that do not wait for the others; absent: there are none. */
  constructor(host: MailboxPorts, concurrent?: ReadonlySet<string>) {
    this.#host = host;
    this.#envelopes = new MessageLanes(concurrent);
    this.#window = host.limits.actorWindow;
  }

  /** How many messages can be handled. */
  get size(): number {
    return this.#envelopes.size;
  }

  /** How many messages wait, those kept aside included. */
  get waiting(): number {
    return this.#envelopes.size + (this.#aside === undefined ? 0 : this.#aside.length - this.#markers);
  }

  get envelopes(): Iterable<Envelope> {
    return this.#envelopes;
  }

  /** False when it is full: then the message has been refused. */
  put(envelope: Envelope): boolean {
    if (this.#overflows(envelope, () => this.freeExpired())) return false;
    this.#push(envelope);
    // Beyond what the thread has room for, credit goes back when it is in hand: but not for an actor that waits for room itself.
    if (this.#waitsForRoom > 0 || this.#host.hasRoom) this.#host.taken(envelope);
    this.#checkFull(envelope);
    return true;
  }

  /** Takes in the message of a timer of the actor, beyond the limit too: there are no more of these than it has set timers. */
  putTimer(envelope: Envelope): void {
    this.#push(envelope);
  }

  /** Keeps mail that is to be looked at, or passed on, when a move has come to its end. */
  putAside(mail: Mail): void {
    if (mail.kind === "envelope") {
      // The messages before it have left with the actor, or are not this place's yet.
      if (this.#overflows(mail, () => this.#freeAside())) return;
      (this.#aside ??= []).push(mail);
      this.#checkFull(mail);
      return;
    }
    // Whoever sent a marker sends it again until it is answered: what there is no room for may be lost.
    if (this.#markers >= this.#host.limits.mailbox) return;
    this.#markers++;
    (this.#aside ??= []).push(mail);
  }

  /** Takes over messages of a snapshot, whose bound was another's. */
  load(envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes) this.#push(envelope);
  }

  /** How many concurrent messages can be handled. */
  get concurrent(): number {
    return this.#envelopes.concurrent;
  }

  /** The next message, which stays. */
  first(concurrent?: Turn): Envelope | undefined {
    return this.#envelopes.first(concurrent);
  }

  /** Takes the next message. */
  next(concurrent?: Turn): Envelope | undefined {
    const envelope = this.#envelopes.shift(concurrent);
    if (envelope === undefined) return undefined;
    this.#host.waits(-1);
    this.#host.taken(envelope);
    if (this.#told !== undefined || this.#window > this.#host.limits.actorWindow) this.#checkRoom();
    return envelope;
  }

  drain(): Envelope[] {
    this.#host.waits(-this.#envelopes.size);
    const drained = this.#envelopes.drain();
    this.#checkRoom();
    return drained;
  }

  drainAside(): Mail[] {
    const aside = this.#aside ?? [];
    this.#aside = undefined;
    this.#markers = 0;
    this.#checkRoom();
    return aside;
  }

  /** True when a place was told that it is full, and not yet that it has room again. */
  isFullFor(place: PlaceId): boolean {
    return this.#told?.places.has(place) === true;
  }

  /** Takes in one window more than waits now, up to its limit: its actor waits for those who write to it. */
  widen(): void {
    const { mailbox, actorWindow } = this.#host.limits;
    if (this.#told === undefined || this.waiting >= mailbox) return;
    this.#window = Math.min(mailbox, Math.max(this.#window, this.waiting) + actorWindow);
    this.#tellRoom(this.#told);
  }

  /** Waits until these have room for what its actor writes. Meanwhile it owes no credit: two threads whose actors wait for room at each other would never go on. */
  async waitForRoom(waiter: ActorId, ids: readonly ActorId[]): Promise<Room> {
    this.#waitsForRoom++;
    for (const envelope of this.#envelopes) this.#host.taken(envelope);
    try {
      return await this.#host.ready(waiter, ids);
    } finally {
      this.#waitsForRoom--;
    }
  }

  /** An ask that waits here was aborted: it leaves; where it is on its way already (`stays`), it ends when it is looked at. False: it is not here. */
  withdraw(origin: PlaceId, ask: number, stays: boolean): boolean {
    const isIt = isAsk(origin, ask);
    const kept = this.#aside?.find(isIt) ?? (stays ? this.#envelopes.find(isIt) : undefined);
    if (kept !== undefined) {
      expire(kept);
      return true;
    }
    if (stays || this.remove(origin, ask) === undefined) return false;
    this.#host.count("expired");
    return true;
  }

  /** An ask that waits here and can be handled; undefined: there is none. */
  find(origin: PlaceId, ask: number): Envelope | undefined {
    return this.#envelopes.find(isAsk(origin, ask));
  }

  /** Takes an ask out that waits here; undefined: there is none. */
  remove(origin: PlaceId, ask: number): Envelope | undefined {
    const envelope = this.#envelopes.remove(isAsk(origin, ask));
    if (envelope === undefined) return undefined;
    this.#host.waits(-1);
    this.#host.taken(envelope);
    this.#checkRoom();
    return envelope;
  }

  /** Turns mail away that waited here, or came too late to: markers are answered, messages refused. */
  turnAway(mail: Mail, why: Refusal): void {
    if (mail.kind === "marker") {
      this.#host.markerMet(mail);
      return;
    }
    this.#host.taken(mail);
    this.refuse(mail, why);
  }

  /** The end of a message that no handler has seen, or ended with: the asker is told why, a tell becomes a dead letter. */
  refuse(envelope: Envelope, why: Refusal): void {
    if (envelope.ask === 0) {
      this.#host.deadLetter(envelope, why.code, why.message);
      return;
    }
    this.#host.count("refused");
    this.#host.reply(envelope, why);
  }

  #overflows(envelope: Envelope, free: () => boolean): boolean {
    const { mailbox } = this.#host.limits;
    if (this.waiting < mailbox || (free() && this.waiting < mailbox)) return false;
    const text = `the mailbox of actor ${envelope.to} holds its limit of ${mailbox}`;
    this.turnAway(envelope, refusal("MailboxFull", text, { id: envelope.to }));
    return true;
  }

  /** Ends the asks that wait and whose time is over: nobody waits for them. False when it was looked for them just now. */
  freeExpired(): boolean {
    if (!this.#freeAside()) return false;
    this.dropExpired();
    return true;
  }

  /** Ends what waits and whose time is over, at once. */
  dropExpired(): void {
    const before = this.#envelopes.size;
    for (const envelope of this.#envelopes.drain()) if (this.#waits(envelope)) this.#envelopes.push(envelope);
    this.#host.waits(this.#envelopes.size - before);
    this.#checkRoom();
  }

  #push(envelope: Envelope): void {
    this.#envelopes.push(envelope);
    this.#host.waits(1);
  }

  /** The message's sender, at this place or another, is told once that there is no room for more. */
  #checkFull({ to, origin }: Envelope): void {
    if (this.waiting < this.#window) return;
    this.#told ??= { id: to, places: new Set() };
    if (this.#told.places.has(origin)) return;
    this.#told.places.add(origin);
    this.#host.tellRoom(to, origin, false);
  }

  /** Half of what makes it full is handled: its senders may go on. */
  #checkRoom(): void {
    const { actorWindow } = this.#host.limits;
    if (this.#told !== undefined && this.waiting <= this.#window / 2) this.#tellRoom(this.#told);
    if (this.waiting <= actorWindow / 2) this.#window = actorWindow;
  }

  #tellRoom({ id, places }: Told): void {
    this.#told = undefined;
    for (const place of places) this.#host.tellRoom(id, place, true);
  }

  #freeAside(): boolean {
    const nowMs = this.#host.now();
    if (nowMs < this.#freesAtMs) return false;
    this.#freesAtMs = nowMs + freesEveryMs;
    this.#aside = this.#aside?.filter((mail) => this.#waits(mail));
    return true;
  }

  /** False when its time is over: then it has ended. */
  #waits(mail: Mail): boolean {
    if (mail.kind === "marker" || mail.expiresAtMs === 0 || mail.expiresAtMs > this.#host.now()) return true;
    this.#host.taken(mail);
    this.#host.count("expired");
    return false;
  }
}

function isAsk(origin: PlaceId, ask: number): (mail: Mail) => mail is Envelope {
  return (mail): mail is Envelope => mail.kind === "envelope" && mail.ask === ask && mail.origin === origin;
}
