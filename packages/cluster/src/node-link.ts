import { type Bytes, type Clock, type Datagram, encodePlain, type Timer } from "@process-hub/protocol";

/** What a link needs. */
export interface NodeLinkPorts {
  readonly clock: Clock;
  /** This node's incarnation, and the peer's. */
  readonly self: string;
  readonly peer: string;
  /** A fresh name for this side's session. */
  readonly session: string;
  readonly retryMs: number;
  /** The peer's sessions that have ended: what still comes from them is dropped. */
  readonly retired: Set<string>;
  readonly transmit: (datagram: Bytes) => void;
  readonly deliver: (body: Bytes) => void;
  /** The other side has begun anew: what was on the way is lost. */
  readonly broken: () => void;
}

type LinkDatagram = Extract<Datagram, { type: "link" }>;

const windowBodies = 512;
const datagramBytes = 256 * 1024;
const ackEvery = 32;

/**
 * One side of the link to another node, over a transport that may drop, double, delay and reorder: in order, each once, or broken.
 * Sequence numbers, cumulative acknowledgements, retransmission after `retryMs`, a bounded window; one session per life of the link.
 */
export class NodeLink {
  readonly #ports: NodeLinkPorts;
  readonly #unacked: { readonly number: number; readonly body: Bytes; sentAtMs: number }[] = [];
  readonly #waiting: Bytes[] = [];
  readonly #early = new Map<number, Bytes>();
  #sent = 0;
  #received = 0;
  #ackedTo = 0;
  #peerSession = "";
  #scheduled = false;
  #retry: Timer | undefined;
  #ackTimer: Timer | undefined;
  #idle: (() => void)[] = [];
  #closed = false;

  constructor(ports: NodeLinkPorts) {
    this.#ports = ports;
  }

  /** Bodies that the peer has not acknowledged: sent or waiting. */
  get pending(): Bytes[] {
    return [...this.#unacked.map(({ body }) => body), ...this.#waiting];
  }

  send(body: Bytes): void {
    if (this.#closed) return;
    this.#waiting.push(body);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  receive(datagram: LinkDatagram): void {
    const { self, peer } = this.#ports;
    if (this.#closed || datagram.to !== self || datagram.from !== peer || this.#ports.retired.has(datagram.session)) return;
    if (this.#peerSession === "" && datagram.session !== "") this.#peerSession = datagram.session;
    if (datagram.session !== this.#peerSession) {
      this.#ports.broken();
      return;
    }
    if (datagram.ackSession === this.#ports.session) this.#acknowledged(datagram.ack);
    datagram.bodies.forEach((body, i) => this.#take(datagram.number + i, body));
    if (datagram.bodies.length > 0) this.#acknowledgeSoon();
  }

  /** Resolves when all that was sent is acknowledged. */
  drained(): Promise<void> {
    if (this.#closed || (this.#unacked.length === 0 && this.#waiting.length === 0)) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  close(): void {
    this.#closed = true;
    if (this.#peerSession !== "") this.#ports.retired.add(this.#peerSession);
    this.#retry?.cancel();
    this.#ackTimer?.cancel();
    for (const resolve of this.#idle) resolve();
  }

  #pump(): void {
    const nowMs = this.#ports.clock.now();
    while (!this.#closed && this.#waiting.length > 0 && this.#unacked.length < windowBodies) {
      const first = this.#sent + 1;
      const bodies: Bytes[] = [];
      let bytes = 0;
      while (this.#waiting.length > 0 && bytes < datagramBytes && this.#unacked.length < windowBodies) {
        const body = this.#waiting.shift() as Bytes;
        bodies.push(body);
        bytes += body.byteLength;
        this.#unacked.push({ number: ++this.#sent, body, sentAtMs: nowMs });
      }
      this.#transmit(first, bodies);
    }
    this.#retryLater();
  }

  #transmit(number: number, bodies: Bytes[]): void {
    const { self, peer, session, transmit } = this.#ports;
    this.#ackTimer?.cancel();
    this.#ackTimer = undefined;
    this.#ackedTo = this.#received;
    transmit(encodePlain({ type: "link", from: self, to: peer, session, number, ackSession: this.#peerSession, ack: this.#received, bodies } satisfies LinkDatagram));
  }

  #acknowledged(ack: number): void {
    let n = 0;
    while (n < this.#unacked.length && (this.#unacked[n]?.number ?? Number.POSITIVE_INFINITY) <= ack) n++;
    if (n === 0) return;
    this.#unacked.splice(0, n);
    if (this.#waiting.length > 0) this.#pump();
    if (this.#unacked.length > 0 || this.#waiting.length > 0) return;
    this.#retry?.cancel();
    this.#retry = undefined;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #take(number: number, body: Bytes): void {
    if (number <= this.#received || number > this.#received + windowBodies * 2) return;
    this.#early.set(number, body);
    for (let next = this.#early.get(this.#received + 1); next !== undefined; next = this.#early.get(this.#received + 1)) {
      this.#early.delete(++this.#received);
      this.#ports.deliver(next);
      if (this.#closed) return;
    }
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
      const nowMs = this.#ports.clock.now();
      const late = this.#unacked.filter(({ sentAtMs }) => nowMs - sentAtMs >= this.#ports.retryMs).slice(0, 64);
      for (const entry of late) {
        entry.sentAtMs = nowMs;
        this.#transmit(entry.number, [entry.body]);
      }
      this.#retryLater();
    }, this.#ports.retryMs);
  }
}
