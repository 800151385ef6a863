import {
  BoundedMap,
  type ChangeBatch,
  type Checks,
  type Clock,
  type Head,
  type NodeCard,
  type NodeMessage,
  type NodeName,
  nodeLife,
  type RegistryChange,
  type RegistryRecord,
  type SnapshotPart,
  type Timer,
  Waiters,
} from "@process-hub/protocol";
import type { SynchronizationStrategy } from "@process-hub/strategies";
import { EarlyBatches } from "./early-batches.js";
import { HeadWaits } from "./head-waits.js";
import type { Registry } from "./registry.js";
import { runs } from "./runs.js";
import { partSize, Spreading, type SpreadingPorts } from "./spreading.js";

/** What synchronisation needs. */
export interface RegistrySyncPorts extends SpreadingPorts {
  readonly checks: Checks;
  readonly incarnation: string;
  readonly registry: Registry;
  readonly strategy: Pick<SynchronizationStrategy, "repairPeers">;
  readonly clock: Clock;
  /** How long changes that others pass on may be on their way before their author is asked for a repair. */
  readonly patienceMs: number;
  /** The incarnation of a member; undefined when it is none. */
  readonly incarnationOf: (peer: NodeName) => string | undefined;
  /** This node is certain again that it knows what the members said before one of them was lost. */
  readonly certain: () => void;
}

/** A node keeps this many of its changes, for those who miss some. */
const logSize = 2_000;
/** What goes beside the records of a part, of each kind. */
const smallBytes = 48 * 1024;
/** Members that are gone, and remembered. */
const lostSize = 256;

/** An author of whom changes are missing: how far it was known when the wait began, and how far it is known to be. */
interface Missing {
  known: number;
  upTo: number;
  timer: Timer;
}

/**
 * Keeps what the nodes say of themselves the same on all of them: gives a newcomer all of it in parts, takes what comes by whichever way,
 * in the order of its author, and repairs what was missed. What a lost member was to pass on is found by comparing how far the authors have
 * come: at once when a member goes, and at every repair.
 */
export class RegistrySync {
  readonly #ports: RegistrySyncPorts;
  readonly #parts = new Map<NodeName, SnapshotPart[]>();
  readonly #complete = new Set<NodeName>();
  /** The last changes of this node. */
  #log: RegistryChange[] = [];
  /** When each member came to life: it may have missed the end of what ended since. */
  readonly #joinedAtMs = new Map<NodeName, number>();
  /** Authors that were asked for a repair which has not come yet. */
  readonly #repairing = new Set<NodeName>();
  readonly #early = new EarlyBatches();
  readonly #missing = new Map<NodeName, Missing>();
  readonly #waits: HeadWaits;
  /** Members that were asked how far they are since another was lost: how far they said, once they have. */
  readonly #owed = new Map<NodeName, { head?: Head }>();
  /** Nodes that others know and this node has not met: it lacks all that they say. */
  readonly #unmet = new Set<NodeName>();
  /** How far members that are gone were known when they were lost. */
  readonly #lost = new BoundedMap<NodeName, Head>(lostSize);
  /** What members have begun to say of authors that are gone. */
  readonly #lastRecords = new Map<NodeName, RegistryRecord[]>();
  readonly #spreading: Spreading;
  readonly #waiting = new Waiters();
  #wasCertain = true;
  readonly #certainty = new Waiters();

  constructor(ports: RegistrySyncPorts) {
    this.#ports = ports;
    this.#waits = new HeadWaits(ports.clock, ports.patienceMs * 3, (head) => this.#reached(head));
    this.#spreading = new Spreading(ports);
  }

  /** Sends changes on their way to all members. */
  publish(batch: ChangeBatch): void {
    for (const change of batch.changes) this.#log.push(change);
    if (this.#log.length > logSize * 2) this.#log = this.#log.slice(-logSize);
    this.#spreading.begin(batch);
  }

  /** This node is about to leave: what it says from now on, and what it passes on, goes to each member directly. */
  leaving(): void {
    this.#spreading.leaving = true;
  }

  /** A member is new to this node: it gets all that this node says. */
  joined(card: NodeCard): void {
    this.#parts.delete(card.node);
    this.#joinedAtMs.set(card.node, card.joinedAtMs);
    this.snapshot(card.node);
  }

  /** `last`: how far it was known here. */
  left(node: NodeName, last: Head | undefined): void {
    this.#parts.delete(node);
    this.#complete.delete(node);
    this.#joinedAtMs.delete(node);
    this.#repairing.delete(node);
    this.#early.forget(node);
    this.#missing.get(node)?.timer.cancel();
    this.#missing.delete(node);
    this.#owed.delete(node);
    this.#unmet.delete(node);
    this.#lost.delete(node);
    this.#lastRecords.delete(node);
    if (last !== undefined) this.#lost.set(node, last);
    this.compare(last);
    this.#progressed();
    this.#wake();
  }

  /** Resolves when each member has told all that it says, or has left. */
  complete(): Promise<void> {
    if (this.isComplete) return Promise.resolve();
    return this.#waiting.wait();
  }

  /** Resolves when this node is certain. */
  certain(): Promise<void> {
    return this.isCertain ? Promise.resolve() : this.#certainty.wait();
  }

  /** True when each member has told all that it says. */
  get isComplete(): boolean {
    return this.#ports.peers().every((peer) => this.#complete.has(peer));
  }

  /**
   * False while a member was lost that may have had to pass changes on, until the others have said how far they are; and while a node
   * that others know has not told what it says.
   */
  get isCertain(): boolean {
    return this.#owed.size === 0 && this.#unmet.size === 0;
  }

  /** Others know a node that this one has not met. */
  heardOf(node: NodeName): void {
    this.#unmet.add(node);
    this.#wasCertain = false;
  }

  /** It is given up. */
  notMet(node: NodeName): void {
    this.#unmet.delete(node);
    this.#progressed();
  }

  /** Runs `done` when this node has come as far as these heads, or their authors are gone, or it has waited long enough. */
  whenReached(heads: readonly Head[], done: () => void): void {
    for (const head of heads) if (!this.#reached(head)) this.#miss(head.author, head.number);
    this.#waits.add(heads, done);
  }

  /** How far these authors are known here, this node's own included. */
  heads(authors: Iterable<NodeName>): Head[] {
    const { registry } = this.#ports;
    return [...new Set(authors)].flatMap((author) => {
      const incarnation = registry.incarnation(author);
      return incarnation === undefined ? [] : [{ author, incarnation, number: registry.number(author) }];
    });
  }

  snapshot(to: NodeName): void {
    const { self, incarnation, registry, send, maxBytes } = this.#ports;
    const records = runs(registry.recordsOf(self), partSize, maxBytes);
    const number = registry.number(self);
    const clock = registry.freshEpoch;
    const besideBytes = maxBytes === Number.POSITIVE_INFINITY ? maxBytes : smallBytes;
    const replicaRecords = runs(registry.replicaRecords.by(self), partSize, besideBytes);
    const ended = runs(registry.endedSince(this.#joinedAtMs.get(to) ?? 0), partSize, besideBytes);
    const count = Math.max(1, records.length, ended.length, replicaRecords.length);
    for (let part = 0; part < count; part++) {
      const some = { records: [...(records[part] ?? [])], ended: [...(ended[part] ?? [])] };
      const beside = replicaRecords[part];
      const also = beside === undefined ? {} : { replicaRecords: [...beside] };
      const last = part === count - 1;
      send(to, { type: "snapshot", part: { author: self, incarnation, number, clock, part, last, ...some, ...also } });
    }
  }

  /** One who misses changes of this node after a number gets them, if they are kept; else all that this node says. */
  repair(to: NodeName, after: number | undefined): void {
    const { self, incarnation, registry } = this.#ports;
    const missing = after === undefined ? Number.POSITIVE_INFINITY : registry.number(self) - after;
    if (after === undefined || missing > this.#log.length) this.snapshot(to);
    else if (missing > 0)
      this.#spreading.sendTo([to], [], { author: self, incarnation, first: after + 1, changes: this.#log.slice(-missing) });
  }

  /** Changes of a member, by whichever way; `onward`: the members that this node passes them on to. */
  receiveChanges(batch: ChangeBatch, onward: readonly NodeName[]): void {
    const { self, registry, incarnationOf } = this.#ports;
    const { author, incarnation, first } = batch;
    if (author === self) return;
    if (onward.length > 0) this.#spreading.passOn(batch, onward);
    if (incarnationOf(author) === incarnation && registry.receive(batch)) {
      this.#catchUp(author, incarnation);
      return;
    }
    this.#early.keep(batch);
    this.#miss(author, first - 1);
  }

  receivePart(from: NodeName, part: SnapshotPart): void {
    if (part.author !== from) return;
    const parts = part.part === 0 ? [] : (this.#parts.get(from) ?? []);
    if (parts.length !== part.part) {
      this.#repairing.delete(from);
      this.#repair(from, true);
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
      parts.flatMap(({ replicaRecords = [] }) => replicaRecords),
    );
    this.#complete.add(from);
    this.#unmet.delete(from);
    this.#catchUp(from, part.incarnation);
    this.#wake();
  }

  /**
   * A member is gone that may have had changes to pass on, or may have told its last ones to some only; or this node is to decide for one that
   * drains: everyone is asked how far it is, and how far it knew that one, and this node is not certain until it has come as far. Where
   * authors send to all themselves, only the last words of a lost one can be missing, and one that does not answer is not waited for long.
   */
  compare(lost?: Head): void {
    const { direct } = this.#spreading;
    if (direct && lost === undefined) return;
    const asked = [...this.#ports.peers()].map((peer) => {
      const owes = {};
      this.#owed.set(peer, owes);
      this.#tell(peer, true, lost);
      return { peer, owes };
    });
    if (this.isCertain) return;
    this.#wasCertain = false;
    if (!direct) return;
    this.#ports.clock.setTimeout(() => {
      for (const { peer, owes } of asked) if (this.#owed.get(peer) === owes) this.#owed.delete(peer);
      this.#progressed();
    }, this.#ports.patienceMs * 3);
  }

  /** Compares with others how far the authors have come: those that are behind ask for a repair. */
  sendDigests(): void {
    const { self, strategy, registry } = this.#ports;
    const others = [...this.#ports.peers()];
    const to = strategy.repairPeers === undefined ? others : this.#drawn(others, strategy.repairPeers);
    const heads = this.heads(this.#spreading.direct ? [self] : registry.authors());
    for (const peer of to) this.#ports.send(peer, { type: "digest", heads, ask: false });
  }

  receiveDigest(from: NodeName, { heads, ask }: Extract<NodeMessage, { type: "digest" }>): void {
    for (const head of heads) if (!this.#reached(head)) this.#miss(head.author, head.number);
    if (ask) {
      for (const head of heads) if (head.author !== from) this.#shareLastRecords(from, head);
      this.#tell(from, false);
    }
    const own = heads.find(({ author }) => author === from);
    const owes = this.#owed.get(from);
    if (ask || own === undefined || owes === undefined) return;
    owes.head = own;
    this.#progressed();
  }

  /** One who knew a lost author further says what that hosted last. */
  receiveLastRecords(from: NodeName, { head, records, more }: Extract<NodeMessage, { type: "lastRecords" }>): void {
    const all = [...(this.#lastRecords.get(from) ?? []), ...records];
    this.#lastRecords.delete(from);
    if (more === true) {
      this.#lastRecords.set(from, all);
      return;
    }
    const { author, incarnation, number } = head;
    const last = this.#lost.get(author);
    if (this.#ports.incarnationOf(author) !== undefined || last?.incarnation !== incarnation || last.number >= number) return;
    this.#lost.set(author, head);
    this.#ports.registry.orphans.inherit(nodeLife(author, incarnation), all);
  }

  /** A member could not pass this node's changes on to these. */
  unreached(nodes: readonly NodeName[]): void {
    for (const node of nodes) if (this.#ports.incarnationOf(node) !== undefined) this.#tell(node, false);
  }

  #drawn(from: NodeName[], count: number): NodeName[] {
    const drawn: NodeName[] = [];
    while (from.length > 0 && drawn.length < count)
      drawn.push(...from.splice(Math.floor(this.#ports.random.next() * from.length), 1));
    return drawn;
  }

  /** Another has lost an author that may be known further here. */
  #shareLastRecords(to: NodeName, { author, incarnation, number }: Head): void {
    this.#ports.checks.mark("lastRecordsShared");
    const { registry, send, maxBytes } = this.#ports;
    const head = this.heads([author])[0] ?? this.#lost.get(author);
    if (head?.incarnation !== incarnation || head.number <= number) return;
    const known = registry.incarnation(author) === incarnation;
    const records = known ? registry.recordsOf(author) : registry.orphans.of(nodeLife(author, incarnation));
    const parts = records.length === 0 ? [records] : runs(records, partSize, maxBytes);
    parts.forEach((part, index) => {
      const more = index < parts.length - 1 ? { more: true } : {};
      send(to, { type: "lastRecords", head, records: [...part], ...more });
    });
  }

  /** Says how far this node is with what it says itself; `ask`: and asks the same back. */
  #tell(to: NodeName, ask: boolean, lost?: Head): void {
    const own = this.heads([this.#ports.self]);
    this.#ports.send(to, { type: "digest", heads: lost === undefined ? own : [...own, lost], ask });
  }

  /** Changes of an author are missing up to a number: they may be on their way, for a while. */
  #miss(author: NodeName, upTo: number): void {
    const { registry, clock, patienceMs } = this.#ports;
    if (this.#spreading.direct) {
      this.#repair(author);
      return;
    }
    const missing = this.#missing.get(author);
    if (missing === undefined) {
      const timer = clock.setTimeout(() => this.#look(author), patienceMs);
      this.#missing.set(author, { known: registry.number(author), upTo, timer });
    } else missing.upTo = Math.max(missing.upTo, upTo);
  }

  #look(author: NodeName): void {
    const { registry, clock, patienceMs, incarnationOf } = this.#ports;
    const missing = this.#missing.get(author);
    const known = registry.number(author);
    if (missing === undefined) return;
    if (incarnationOf(author) !== undefined && known < missing.upTo && known > missing.known) {
      missing.known = known;
      missing.timer = clock.setTimeout(() => this.#look(author), patienceMs);
      return;
    }
    this.#missing.delete(author);
    if (incarnationOf(author) === undefined) this.#early.forget(author);
    else if (known < missing.upTo) this.#repair(author);
  }

  /** An author is known further than before: what came early may fit now. */
  #catchUp(author: NodeName, incarnation: string): void {
    const { registry } = this.#ports;
    this.#repairing.delete(author);
    for (const batch of this.#early.take(author, incarnation)) if (!registry.receive(batch)) this.#early.keep(batch);
    const missing = this.#missing.get(author);
    if (missing !== undefined && registry.number(author) >= missing.upTo) {
      missing.timer.cancel();
      this.#missing.delete(author);
    }
    this.#progressed();
  }

  #progressed(): void {
    this.#waits.look();
    for (const [peer, { head }] of this.#owed) if (head !== undefined && this.#reached(head)) this.#owed.delete(peer);
    if (this.isCertain === this.#wasCertain) return;
    this.#wasCertain = this.isCertain;
    if (!this.isCertain) return;
    this.#certainty.release();
    this.#ports.certain();
  }

  /** True as well when the author is no member in that life: then nothing more is to come. */
  #reached({ author, incarnation, number }: Head): boolean {
    const { self, registry, incarnationOf } = this.#ports;
    if (author === self || incarnationOf(author) !== incarnation) return true;
    return number === 0 || (registry.incarnation(author) === incarnation && registry.number(author) >= number);
  }

  #repair(author: NodeName, whole = false): void {
    if (this.#repairing.has(author) || this.#ports.incarnationOf(author) === undefined) return;
    this.#repairing.add(author);
    const after = !whole && this.#complete.has(author) ? this.#ports.registry.number(author) : undefined;
    this.#ports.checks.mark("registryRepaired");
    this.#ports.send(author, { type: "repair", author, ...(after === undefined ? {} : { after }) });
  }

  #wake(): void {
    if (!this.isComplete) return;
    this.#waiting.release();
  }
}
