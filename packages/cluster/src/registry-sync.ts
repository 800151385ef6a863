import type { ChangeBatch, NodeCard, NodeMessage, NodeName, SnapshotPart } from "@process-hub/protocol";
import type { SynchronizationStrategy } from "@process-hub/strategies";
import type { Registry } from "./registry.js";

/** What synchronisation needs. */
export interface RegistrySyncPorts {
  readonly self: NodeName;
  readonly incarnation: string;
  readonly registry: Registry;
  readonly strategy: SynchronizationStrategy;
  readonly peers: () => readonly NodeName[];
  readonly send: (to: NodeName, message: NodeMessage) => void;
}

const partSize = 500;

/** Spreads what this node says to the others, in order; gives a newcomer all of it in parts; repairs what was missed. */
export class RegistrySync {
  readonly #ports: RegistrySyncPorts;
  readonly #parts = new Map<NodeName, SnapshotPart[]>();
  readonly #complete = new Set<NodeName>();
  /** When each member came to life: it may have missed the end of what ended since. */
  readonly #joinedAtMs = new Map<NodeName, number>();
  /** Authors that were asked for a repair which has not come yet. */
  readonly #repairing = new Set<NodeName>();
  #waiting: (() => void)[] = [];

  constructor(ports: RegistrySyncPorts) {
    this.#ports = ports;
  }

  /** Sends changes to those the strategy names. */
  publish(batch: ChangeBatch): void {
    const { self, strategy, peers, send } = this.#ports;
    const { author, incarnation, first, changes } = batch;
    const to = strategy.spread(self, peers());
    for (let i = 0; i < changes.length; i += partSize) {
      const part = { author, incarnation, first: first + i, changes: changes.slice(i, i + partSize) };
      for (const peer of to) send(peer, { type: "changes", batch: part });
    }
  }

  /** A member is new to this node: it gets all that this node says. */
  joined(card: NodeCard): void {
    this.#parts.delete(card.node);
    this.#joinedAtMs.set(card.node, card.joinedAtMs);
    this.snapshot(card.node);
  }

  left(node: NodeName): void {
    this.#parts.delete(node);
    this.#complete.delete(node);
    this.#joinedAtMs.delete(node);
    this.#repairing.delete(node);
    this.#wake();
  }

  /** Resolves when each member has told all that it says, or has left. */
  complete(): Promise<void> {
    if (this.isComplete) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** True when each member has told all that it says. */
  get isComplete(): boolean {
    return this.#ports.peers().every((peer) => this.#complete.has(peer));
  }

  snapshot(to: NodeName): void {
    const { self, incarnation, registry, send } = this.#ports;
    const records = registry.recordsOf(self);
    const number = registry.number(self);
    const clock = registry.freshEpoch;
    const ended = registry.endedSince(this.#joinedAtMs.get(to) ?? 0);
    const count = Math.max(records.length, ended.length);
    for (let i = 0, part = 0; part === 0 || i < count; i += partSize, part++) {
      const last = i + partSize >= count;
      const some = { records: records.slice(i, i + partSize), ended: ended.slice(i, i + partSize) };
      send(to, { type: "snapshot", part: { author: self, incarnation, number, clock, part, last, ...some } });
    }
  }

  receiveChanges(from: NodeName, batch: ChangeBatch): void {
    if (batch.author === from && !this.#ports.registry.receive(batch)) this.#repair(from);
  }

  receivePart(from: NodeName, part: SnapshotPart): void {
    if (part.author !== from) return;
    const parts = part.part === 0 ? [] : (this.#parts.get(from) ?? []);
    if (parts.length !== part.part) {
      this.#repairing.delete(from);
      this.#repair(from);
      return;
    }
    parts.push(part);
    this.#parts.set(from, parts);
    if (!part.last) return;
    this.#parts.delete(from);
    this.#repairing.delete(from);
    this.#ports.registry.replace(
      from,
      part.incarnation,
      part.number,
      part.clock,
      parts.flatMap(({ records }) => records),
      parts.flatMap(({ ended = [] }) => ended),
    );
    this.#complete.add(from);
    this.#wake();
  }

  /** Tells the others how far this node has come: those that are behind ask for a repair. */
  sendDigests(): void {
    const { self, incarnation, registry, peers, send } = this.#ports;
    for (const peer of peers()) send(peer, { type: "digest", author: self, incarnation, number: registry.number(self) });
  }

  receiveDigest(from: NodeName, digest: Extract<NodeMessage, { type: "digest" }>): void {
    const { registry } = this.#ports;
    if (digest.author !== from) return;
    const known = registry.incarnation(from) === digest.incarnation ? registry.number(from) : 0;
    if (known < digest.number) this.#repair(from);
  }

  #repair(author: NodeName): void {
    if (this.#repairing.has(author)) return;
    this.#repairing.add(author);
    this.#ports.send(author, { type: "repair", author });
  }

  #wake(): void {
    if (!this.#ports.peers().every((peer) => this.#complete.has(peer))) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
