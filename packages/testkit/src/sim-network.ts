/*
 * A network in virtual time that drops, doubles, delays and reorders, and can be cut.
 * Without it no simulated cluster would meet a fault of the network.
 */
import {
  type Bytes,
  HubConfigError,
  type NodeName,
  type Random,
  type Transport,
  type TransportReceiver,
} from "@process-hub/protocol";
import type { Domain, Scheduler } from "./scheduler.js";

/** The faults of a network. Shares are chances of 0 to 1; delays are drawn evenly. */
export interface Faults {
  readonly drop: number;
  readonly duplicate: number;
  /** The share of datagrams that later ones may overtake. */
  readonly reorder: number;
  readonly delayMs: readonly [min: number, max: number];
  /** The share of datagrams of which a copy arrives late: in another session, or in another life of its receiver's name. Default 0. */
  readonly late?: number;
  /** How late these copies are. Default: 1 s to 3 minutes. */
  readonly lateMs?: readonly [min: number, max: number];
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
  readonly #stations = new Map<NodeName, Station>();
  readonly #lastAtMs = new Map<string, number>();
  #reaches: (from: NodeName, to: NodeName) => boolean = () => true;

  constructor(scheduler: Scheduler, random: Random, faults: Faults) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#faults = faults;
  }

  /** While true nothing is lost, doubled or overtaken. */
  calm = false;

  /** Sets which nodes reach which from now on. */
  set reaches(reaches: (from: NodeName, to: NodeName) => boolean) {
    this.#reaches = reaches;
  }

  /** The figures of a node since it opened its transport; undefined when no transport is open. */
  traffic(node: NodeName): Traffic | undefined {
    const traffic = this.#stations.get(node)?.traffic;
    return traffic && { ...traffic };
  }

  /** A node's transport: what it receives arrives in its domain. */
  transport(domain: Domain): Transport {
    let self: Station | undefined;
    return {
      isPrivate: true,
      open: async (_hub, node, receiver) => {
        const before = this.#stations.get(node);
        if (before !== undefined && !before.domain.dead)
          throw new HubConfigError(`a node named ${node} is in the simulation already`, { path: "node" });
        self = { node, domain, receiver, traffic: { sent: 0, sentBytes: 0, received: 0, receivedBytes: 0 } };
        this.#stations.set(node, self);
      },
      broadcast: (bytes) => {
        if (self !== undefined) putOn(self.traffic, bytes);
        for (const to of [...this.#stations.values()]) if (self !== undefined && to !== self) this.#send(self, to, bytes);
      },
      send: (node, bytes) => {
        const to = this.#stations.get(node);
        if (self !== undefined) putOn(self.traffic, bytes);
        if (self !== undefined && to !== undefined && to !== self) this.#send(self, to, bytes);
      },
      close: async () => {
        const mine = self;
        if (mine !== undefined && this.#stations.get(mine.node) === mine) this.#stations.delete(mine.node);
        self = undefined;
      },
    };
  }

  #send(from: Station, to: Station, bytes: Bytes): void {
    const { drop, duplicate, late = 0 } = this.calm ? { drop: 0, duplicate: 0 } : this.#faults;
    if (from.domain.dead) return;
    if (late > 0 && this.#random.next() < late) this.#deliverLate(from, to.node, bytes);
    if (this.#random.next() < drop) return;
    this.#deliver(from, to, bytes);
    if (this.#random.next() < duplicate) this.#deliver(from, to, bytes);
  }

  #deliver(from: Station, to: Station, bytes: Bytes): void {
    const [minMs, maxMs] = this.#faults.delayMs;
    const way = `${from.node}>${to.node}`;
    let atMs = this.#scheduler.nowMs + minMs + this.#random.next() * (maxMs - minMs);
    if (this.calm || this.#random.next() >= this.#faults.reorder) {
      atMs = Math.max(atMs, this.#lastAtMs.get(way) ?? 0);
      this.#lastAtMs.set(way, atMs);
    }
    this.#scheduler.at(atMs, to.domain, () => {
      if (this.#stations.get(to.node) === to) this.#arrive(from.node, to, bytes);
    });
  }

  /** Whoever has the name by then receives it. */
  #deliverLate(from: Station, to: NodeName, bytes: Bytes): void {
    const [minMs, maxMs] = this.#faults.lateMs ?? [1_000, 180_000];
    this.#scheduler.at(this.#scheduler.nowMs + minMs + this.#random.next() * (maxMs - minMs), undefined, () => {
      const station = this.#stations.get(to);
      if (station === undefined || this.calm) return;
      this.#scheduler.at(this.#scheduler.nowMs, station.domain, () => {
        if (this.#stations.get(to) === station) this.#arrive(from.node, station, bytes);
      });
    });
  }

  #arrive(from: NodeName, to: Station, bytes: Bytes): void {
    if (!this.#reaches(from, to.node)) return;
    to.traffic.received++;
    to.traffic.receivedBytes += bytes.length;
    to.receiver.message(from, bytes);
  }
}

function putOn(traffic: Traffic, bytes: Bytes): void {
  traffic.sent++;
  traffic.sentBytes += bytes.length;
}
