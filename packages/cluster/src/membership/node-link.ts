/*
 * An ordered link to another node, over a transport that may drop, double, delay and reorder datagrams.
 * Without it messages between two nodes could be lost, doubled or overtaken without anybody knowing.
 */
import { Queue } from "@process-hub/actor";
import {
  type Bytes,
  type Checks,
  type Clock,
  type Datagram,
  encodePlain,
  microtask,
  type Timer,
  Waiters,
} from "@process-hub/protocol";
import { datagramBytes } from "./message-bytes.js";

/** The sessions, bounds and transport of a link, and whom it tells. */
export interface NodeLinkPorts {
  readonly clock: Clock;
  readonly checks: Checks;
  /** This node's incarnation, and the peer's. */
  readonly self: string;
  readonly peer: string;
  /** The number of this side's session, above all that this incarnation has had. */
  readonly session: number;
  /** The peer's last session that is over: datagrams of it, or of an earlier session, are dropped. */
  readonly endedSession: number;
  readonly retryMs: number;
  /** A link is broken when nothing is acknowledged for this long although it is sent again and again: a peer that is heard may be deaf. */
  readonly deliveryMs: number;
  readonly transmit: (datagram: Bytes) => void;
  readonly deliver: (body: Bytes) => void;
  /** The peer has begun a new session, or hears nothing: all bodies on the way are lost. */
  readonly broken: () => void;
}

type LinkDatagram = Extract<Datagram, { type: "link" }>;

interface Sent {
  readonly number: number;
  readonly body: Bytes;
  sentAtMs: number;
}

const windowBodies = 512;
/** A link gathers bodies for a datagram until it has this many bytes: a receiver takes each in hand in one turn. */
const gatheredBytes = 64 * 1024;
/** So many bytes are sent in one turn, or one body that has more: an acknowledgement may make room for far more than that. */
const pumpedBytes = 256 * 1024;
/** So many bytes of bodies that came early are delivered in one turn, or one body that has more. */
const deliveredBytes = 64 * 1024;
const retryBytes = 4 * datagramBytes;
const ackEvery = 32;

/**
 * One side of the link to another node: it delivers bodies in order, each once, or breaks. It has sequence numbers, cumulative
 * acknowledgements, retransmission after `retryMs` until `deliveryMs`, and a bounded window. Each life of the link is one session. Sessions
 * are numbered, so that a late datagram of an earlier session is not taken for a peer that has begun anew. Bodies are delivered once the
 * two sessions have met, that is, once the peer has heard of this session. Until then a newer session of the peer replaces an older one, of
 * which only late datagrams can be left. Otherwise two sides that begin anew one after the other would break each other's sessions for
 * ever.
 */
export class NodeLink {
  readonly #ports: NodeLinkPorts;
  #unacked: Sent[] = [];
  readonly #waiting = new Queue<Bytes>();
  readonly #early = new Map<number, Bytes>();
  #sent = 0;
  #received = 0;
  #ackedTo = 0;
  #peerSession: number;
  /** The peer has heard of this session: each knows the other's. */
  #met = false;
  #scheduled = false;
  /** True when this turn has sent enough: the rest goes in the next one. */
  #isPaused = false;
  /** True while bodies that came early are being delivered, a part in each turn. */
  #isDelivering = false;
  /** Retries since the last acknowledgement. They are counted, since time also passes for a process that stands still. */
  #retries = 0;
  #retry: Timer | undefined;
  #ackTimer: Timer | undefined;
  readonly #idle = new Waiters();
  #closed = false;

  constructor(ports: NodeLinkPorts) {
    this.#ports = ports;
    this.#peerSession = ports.endedSession;
  }

  /** Bodies that the peer has not acknowledged: sent or waiting. */
  get pending(): Bytes[] {
    return [...this.#unacked.map(({ body }) => body), ...this.#waiting];
  }

  /** The last of the peer's sessions that this side has heard. */
  get peerSession(): number {
    return this.#peerSession;
  }

  send(body: Bytes): void {
    if (this.#closed) return;
    this.#waiting.push(body);
    if (this.#scheduled) return;
    this.#scheduled = true;
    microtask(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  receive(datagram: LinkDatagram): void {
    const { self, peer, session, endedSession } = this.#ports;
    if (this.#closed || datagram.to !== self || datagram.from !== peer || datagram.session <= endedSession) return;
    // The peer still talks to an earlier session of this side: it begins a new one when it hears of this session.
    if (datagram.ackSession !== 0 && datagram.ackSession !== session) return;
    const isNew = datagram.session > this.#peerSession;
    if ((isNew && this.#met) || datagram.endedSession >= session) {
      this.#ports.checks.mark("linkBegunAnew");
      this.#ports.broken();
    }
    if (this.#closed || datagram.session < this.#peerSession) return;
    if (isNew) {
      this.#peerSession = datagram.session;
      this.#early.clear();
    }
    const meets = !this.#met && datagram.ackSession === session;
    this.#met ||= meets;
    if (datagram.ackSession === session) this.#acknowledged(datagram.ack);
    let number = datagram.number;
    for (const body of datagram.bodies) this.#take(number++, body);
    if (meets) this.#deliver();
    if (this.#closed) return;
    // At once: the peer delivers nothing before it has heard of this session.
    if (isNew || meets) this.#transmit(0, []);
    else if (datagram.bodies.length > 0) this.#acknowledgeSoon();
  }

  /** Resolves when all bodies are acknowledged, or the link is closed. */
  drained(): Promise<void> {
    if (this.#closed || (this.#unacked.length === 0 && this.#waiting.size === 0)) return Promise.resolve();
    return this.#idle.wait();
  }

  /** Acknowledges all received bodies at once: the last datagram of a node that leaves. */
  acknowledge(): void {
    if (!this.#closed && this.#received > this.#ackedTo) this.#transmit(0, []);
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#ackTimer?.cancel();
    this.#idle.release();
  }

  #pump(): void {
    if (this.#isPaused) return;
    const nowMs = this.#ports.clock.now();
    let sent = 0;
    while (!this.#closed && this.#waiting.size > 0 && this.#unacked.length < windowBodies) {
      const first = this.#sent + 1;
      const bodies: Bytes[] = [];
      let bytes = 0;
      while (bytes < gatheredBytes && this.#unacked.length < windowBodies) {
        const body = this.#waiting.shift();
        if (body === undefined) break;
        bodies.push(body);
        bytes += body.byteLength;
        this.#unacked.push({ number: ++this.#sent, body, sentAtMs: nowMs });
      }
      this.#transmit(first, bodies);
      sent += bytes;
      if (sent < pumpedBytes) continue;
      this.#isPaused = true;
      this.#ports.clock.defer(() => {
        this.#isPaused = false;
        this.#pump();
      });
      break;
    }
    this.#ports.checks.invariant(this.#unacked.length <= windowBodies, "a link has no more on the way than its window");
    this.#retryLater();
  }

  #transmit(number: number, bodies: Bytes[]): void {
    const { self: from, peer: to, session, endedSession, transmit } = this.#ports;
    this.#ackTimer?.cancel();
    this.#ackTimer = undefined;
    const ack = (this.#ackedTo = this.#received);
    const ackSession = this.#peerSession === endedSession ? 0 : this.#peerSession;
    transmit(
      encodePlain({ type: "link", from, to, session, endedSession, ackSession, number, ack, bodies } satisfies LinkDatagram),
    );
  }

  #acknowledged(ack: number): void {
    const first = this.#unacked[0]?.number ?? this.#sent + 1;
    const n = Math.min(this.#unacked.length, ack - first + 1);
    if (n <= 0) return;
    this.#retries = 0;
    this.#unacked.splice(0, n);
    const left = this.#sent - (this.#unacked[0]?.number ?? this.#sent + 1) + 1;
    this.#ports.checks.invariant(
      left === this.#unacked.length,
      "what a link has not heard acknowledged is consecutive",
      () => `${left}, kept ${this.#unacked.length}`,
    );
    if (this.#waiting.size > 0) this.#pump();
    if (this.#unacked.length > 0 || this.#waiting.size > 0) return;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#idle.release();
  }

  #take(number: number, body: Bytes): void {
    if (this.#closed || number <= this.#received || number > this.#received + windowBodies * 2) return;
    this.#early.set(number, body);
    if (this.#met) this.#deliver();
  }

  #deliver(): void {
    let delivered = 0;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (delivered >= deliveredBytes) {
        this.#deliverOn();
        return;
      }
      this.#early.delete(++this.#received);
      delivered += next.byteLength;
      this.#ports.deliver(next);
    }
  }

  /** The next body to deliver in this turn, if it is here. */
  #next(): Bytes | undefined {
    return this.#closed || this.#isDelivering ? undefined : this.#early.get(this.#received + 1);
  }

  /** A datagram that was lost has come again, and what came after that waits for it: the rest has a turn of its own. */
  #deliverOn(): void {
    this.#isDelivering = true;
    this.#ports.clock.defer(() => {
      this.#isDelivering = false;
      this.#deliver();
      this.#acknowledgeSoon();
    });
  }

  #acknowledgeSoon(): void {
    if (this.#closed) return;
    if (this.#received - this.#ackedTo >= ackEvery) this.#transmit(0, []);
    else this.#ackTimer ??= this.#ports.clock.setTimeout(() => this.#transmit(0, []), this.#ports.retryMs / 8);
  }

  #retryLater(): void {
    if (this.#retry !== undefined || this.#closed || this.#unacked.length === 0) return;
    this.#retry = this.#ports.clock.setTimeout(() => {
      this.#retry = undefined;
      const { retryMs, deliveryMs, broken } = this.#ports;
      if (++this.#retries * retryMs >= deliveryMs) return broken();
      this.#ports.checks.mark("linkRetried");
      this.#sendAgain();
      this.#retryLater();
    }, this.#ports.retryMs);
  }

  /** Sends late bodies again, the oldest first, in runs of consecutive numbers, up to a bound: a stalled peer is not flooded. */
  #sendAgain(): void {
    const nowMs = this.#ports.clock.now();
    let run: Sent[] = [];
    let bytes = 0;
    let total = 0;
    const sendRun = (): void => {
      const first = run[0];
      const bodies = run.map(({ body }) => body);
      run = [];
      bytes = 0;
      if (first !== undefined) this.#transmit(first.number, bodies);
    };
    for (const entry of this.#unacked) {
      if (total >= retryBytes) break;
      if (nowMs - entry.sentAtMs < this.#ports.retryMs) continue;
      const last = run.at(-1);
      if (bytes >= gatheredBytes || (last !== undefined && last.number + 1 !== entry.number)) sendRun();
      entry.sentAtMs = nowMs;
      run.push(entry);
      bytes += entry.body.byteLength;
      total += entry.body.byteLength;
    }
    sendRun();
  }
}
