/*
 * A network in virtual time that drops, doubles, delays and reorders, and can be cut.
 * Without it no simulated cluster would meet a fault of the network.
 */
import type { Bytes, NodeName, Random, Transport, TransportReceiver } from "@process-hub/protocol";
import type { Domain, Scheduler } from "./scheduler.js";

/** The faults of a network. Shares are chances of 0 to 1; delays are drawn evenly. */
export interface Faults {
  readonly drop: number;
  readonly duplicate: number;
  /** The share of datagrams that later ones may overtake. */
  readonly reorder: number;
  readonly delayMs: readonly [min: number, max: number];
  /** The share of datagrams of which a copy comes much later, whatever has become of its sender and its receiver. Default 0. */
  readonly late: number;
  /** How much later: shorter times are as likely as longer ones, by their order of magnitude. Default: 1 s to 3 minutes. */
  readonly lateMs: readonly [min: number, max: number];
  /** A longer datagram travels in pieces of this size, each lost or delayed by itself; it arrives with its last piece. Default: in one. */
  readonly pieceBytes: number;
}

/** A network that delays a little, and else has no fault. */
export const faultless: Faults = {
  drop: 0,
  duplicate: 0,
  reorder: 0,
  delayMs: [0.1, 1],
  late: 0,
  lateMs: [1_000, 180_000],
  pieceBytes: Number.POSITIVE_INFINITY,
};

/** How many datagrams came much later, and how many of these were of, or for, a life of a node that was over. */
export interface LateCopies {
  readonly all: number;
  readonly ofPastLives: number;
}

/** The messages and bytes that a node has sent and received. A broadcast is sent once. */
export interface Traffic {
  sent: number;
  sentBytes: number;
  received: number;
  receivedBytes: number;
}

interface Station {
  readonly node: NodeName;
  readonly traffic: Traffic;
  readonly domain: Domain;
  readonly receiver: TransportReceiver;
}

/** A network in virtual time that drops, doubles, delays and reorders, and can be cut one way or both. */
export class SimNetwork {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #faults: Faults;
  /** Those of one name each get what is sent to it, as subscribers of one subject do. */
  #stations: readonly Station[] = [];
  readonly #lastAtMs = new Map<string, number>();
  #reaches: (from: NodeName, to: NodeName) => boolean = () => true;

  constructor(scheduler: Scheduler, random: Random, faults: Faults) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#faults = faults;
  }

  /** While true nothing is lost, doubled or overtaken, but for late copies that are under way. */
  calm = false;
  #late: LateCopies = { all: 0, ofPastLives: 0 };
  readonly #total: Traffic = { sent: 0, sentBytes: 0, received: 0, receivedBytes: 0 };

  /** The figures of all nodes since the beginning, those that are gone included. */
  get total(): Traffic {
    return { ...this.#total };
  }

  get lateCopies(): LateCopies {
    return this.#late;
  }

  /** Sets which nodes reach which from now on. */
  set reaches(reaches: (from: NodeName, to: NodeName) => boolean) {
    this.#reaches = reaches;
  }

  /** The figures of a node since it opened its transport; undefined when no transport is open. */
  traffic(node: NodeName): Traffic | undefined {
    const traffic = this.#stations.findLast((station) => station.node === node)?.traffic;
    return traffic && { ...traffic };
  }

  /** A node's transport: what it receives arrives in its domain. */
  transport(domain: Domain): Transport {
    let self: Station | undefined;
    return {
      isPrivate: true,
      open: async (_hub, node, receiver) => {
        self = { node, domain, receiver, traffic: { sent: 0, sentBytes: 0, received: 0, receivedBytes: 0 } };
        this.#stations = [...this.#stations.filter((station) => !station.domain.dead), self];
      },
      broadcast: (bytes) => {
        if (self !== undefined) this.#putOn(self, bytes);
        for (const to of this.#stations) if (self !== undefined && to !== self) this.#send(self, to, bytes);
      },
      send: (node, bytes) => {
        if (self === undefined) return;
        this.#putOn(self, bytes);
        for (const to of this.#stations) if (to.node === node && to !== self) this.#send(self, to, bytes);
      },
      close: async () => {
        const mine = self;
        this.#stations = this.#stations.filter((station) => station !== mine);
        self = undefined;
      },
    };
  }

  #send(from: Station, to: Station, bytes: Bytes): void {
    const { drop, duplicate, late } = this.calm ? faultless : this.#faults;
    if (from.domain.dead) return;
    const pieces = Math.max(1, Math.ceil(bytes.length / this.#faults.pieceBytes));
    if (late > 0 && this.#random.next() < late) this.#deliverLate(from, to, bytes);
    if (this.#random.next() < 1 - (1 - drop) ** pieces) return;
    this.#deliver(from, to, bytes, pieces);
    if (this.#random.next() < duplicate) this.#deliver(from, to, bytes, pieces);
  }

  #deliver(from: Station, to: Station, bytes: Bytes, pieces: number): void {
    const [minMs, maxMs] = this.#faults.delayMs;
    const way = `${from.node}>${to.node}`;
    // The longest of the delays of its pieces.
    const share = this.#random.next() ** (1 / pieces);
    let atMs = this.#scheduler.nowMs + minMs + share * (maxMs - minMs);
    if (this.calm || this.#random.next() >= this.#faults.reorder) {
      atMs = Math.max(atMs, this.#lastAtMs.get(way) ?? 0);
      this.#lastAtMs.set(way, atMs);
    }
    this.#scheduler.at(atMs, to.domain, () => {
      if (this.#stations.includes(to)) this.#arrive(from, to, bytes);
    });
  }

  /** Whoever has the name by then gets it. */
  #deliverLate(from: Station, to: Station, bytes: Bytes): void {
    const [minMs, maxMs] = this.#faults.lateMs;
    const delayMs = minMs * (maxMs / minMs) ** this.#random.next();
    this.#scheduler.at(this.#scheduler.nowMs + delayMs, undefined, () => {
      for (const now of this.#stations) if (now.node === to.node) this.#arriveLate(from, to, now, bytes);
    });
  }

  #arriveLate(from: Station, to: Station, now: Station, bytes: Bytes): void {
    this.#scheduler.at(this.#scheduler.nowMs, now.domain, () => {
      if (!this.#stations.includes(now) || !this.#arrive(from, now, bytes)) return;
      const isPast = now !== to || !this.#stations.includes(from);
      this.#late = { all: this.#late.all + 1, ofPastLives: this.#late.ofPastLives + (isPast ? 1 : 0) };
    });
  }

  /** False when a cut is between them. */
  #arrive(from: Station, to: Station, bytes: Bytes): boolean {
    if (!this.#reaches(from.node, to.node)) return false;
    for (const traffic of [to.traffic, this.#total]) {
      traffic.received++;
      traffic.receivedBytes += bytes.length;
    }
    to.receiver.message(from.node, bytes);
    return true;
  }

  #putOn(from: Station, bytes: Bytes): void {
    for (const traffic of [from.traffic, this.#total]) {
      traffic.sent++;
      traffic.sentBytes += bytes.length;
    }
  }
}
