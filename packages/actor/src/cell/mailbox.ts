import { type CounterName, type ErrorCode, type Refusal, refusal } from "@process-hub/protocol";
import type { Envelope, Mail, Marker } from "./envelope.js";
import { Queue } from "./queue.js";

/** How often at most a full mailbox looks for asks whose time is over: a look costs as much as it holds. */
const freesEveryMs = 100;

/** The ports of a mailbox. */
export interface MailboxPorts {
  readonly limits: { readonly mailbox: number };
  now(): number;
  count(name: CounterName): void;
  /** The message has left the mailbox: credit for it may go back. */
  taken(envelope: Envelope): void;
  reply(envelope: Envelope, answer: Refusal): void;
  markerMet(marker: Marker): void;
  deadLetter(envelope: Envelope, reason: ErrorCode, detail: string): void;
  /** Resolves when the links have room again. */
  ready(): Promise<void>;
}

/**
 * Where an actor's mail waits: messages in order, what a move keeps aside, and the bound on both. Every message that leaves without
 * a handler leaves by `refuse`, so that its sender learns why; the credit a message owes goes back once.
 * Without it a fast sender could fill the memory of a thread, or wait for an answer that never comes.
 */
export class Mailbox {
  readonly #host: MailboxPorts;
  readonly #envelopes = new Queue<Envelope>();
  #aside: Mail[] = [];
  #markers = 0;
  #freesAtMs = 0;
  #waitsForRoom = 0;

  constructor(host: MailboxPorts) {
    this.#host = host;
  }

  /** How many messages can be handled. */
  get size(): number {
    return this.#envelopes.size;
  }

  /** How many messages wait, those kept aside included. */
  get waiting(): number {
    return this.#envelopes.size + this.#aside.length - this.#markers;
  }

  get envelopes(): Iterable<Envelope> {
    return this.#envelopes;
  }

  /** False when it is full: then the message has been refused. */
  put(envelope: Envelope): boolean {
    if (this.#overflows(envelope, () => this.freeExpired())) return false;
    this.#envelopes.push(envelope);
    if (this.#waitsForRoom > 0) this.#host.taken(envelope);
    return true;
  }

  /** Takes in the message of a timer of the actor, beyond the limit too: there are no more of these than it has set timers. */
  putTimer(envelope: Envelope): void {
    this.#envelopes.push(envelope);
  }

  /** Keeps mail that is to be looked at, or passed on, when a move has come to its end. */
  putAside(mail: Mail): void {
    if (mail.kind === "envelope") {
      // The messages before it have left with the actor, or are not this place's yet.
      if (!this.#overflows(mail, () => this.#freeAside())) this.#aside.push(mail);
      return;
    }
    // Whoever sent a marker sends it again until it is answered: what there is no room for may be lost.
    if (this.#markers >= this.#host.limits.mailbox) return;
    this.#markers++;
    this.#aside.push(mail);
  }

  /** Takes over messages of a snapshot, whose bound was another's. */
  load(envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes) this.#envelopes.push(envelope);
  }

  /** The next message, which stays. */
  get first(): Envelope | undefined {
    return this.#envelopes.first;
  }

  next(): Envelope | undefined {
    const envelope = this.#envelopes.shift();
    if (envelope !== undefined) this.#host.taken(envelope);
    return envelope;
  }

  drain(): Envelope[] {
    return this.#envelopes.drain();
  }

  drainAside(): Mail[] {
    const aside = this.#aside;
    this.#aside = [];
    this.#markers = 0;
    return aside;
  }

  /** While its actor waits, it owes no credit: two actors that wait for room at each other would never go on. */
  async waitForRoom(): Promise<void> {
    this.#waitsForRoom++;
    for (const envelope of this.#envelopes) this.#host.taken(envelope);
    try {
      await this.#host.ready();
    } finally {
      this.#waitsForRoom--;
    }
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
    for (const envelope of this.#envelopes.drain()) if (this.#waits(envelope)) this.#envelopes.push(envelope);
  }

  #freeAside(): boolean {
    const nowMs = this.#host.now();
    if (nowMs < this.#freesAtMs) return false;
    this.#freesAtMs = nowMs + freesEveryMs;
    this.#aside = this.#aside.filter((mail) => this.#waits(mail));
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
