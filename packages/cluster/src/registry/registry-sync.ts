/*
 * Brings every node the records of all others: whole to a newcomer, then change by change, with a repair for what got lost.
 * Without it each node would know its own actors alone, and two nodes could start one id.
 */
import {
  type ActorId,
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
  sliceSize,
  type Timer,
  type Tombstone,
  TurnBatch,
  Waiters,
} from "@process-hub/protocol";
import type { SynchronizationStrategy } from "@process-hub/strategies";
import { EarlyBatches } from "./early-batches.js";
import { HeadWaits } from "./head-waits.js";
import type { Registry } from "./registry.js";
import { eachRun } from "./runs.js";
import { partSize, Spreading, type SpreadingPorts } from "./spreading.js";

/** What a synchronisation reads and sends by. */
export interface RegistrySyncPorts extends SpreadingPorts {
  readonly checks: Checks;
  readonly incarnation: string;
  readonly registry: Registry;
  readonly strategy: Pick<SynchronizationStrategy, "repairPeers">;
  readonly clock: Clock;
  /** How long changes that members pass on may take before their author is asked for a repair. */
  readonly patienceMs: number;
  /** The incarnation of a member; undefined when it is none. */
  readonly incarnationOf: (peer: NodeName) => string | undefined;
  /** This node is certain again: it knows all that the members published before one of them was lost. */
  readonly certain: () => void;
}

/** How many of its own changes a node keeps, to send them again to members that missed some. */
const logSize = 2_000;
/** The most bytes of tombstones, and of replica records, beside the records of one part. */
const smallBytes = 48 * 1024;
/** How many members that are gone are remembered. */
const lostSize = 256;
/** How many lives of nodes are remembered. */
const metSize = 1_024;

/** A life of a node that was never met. */
interface Unmet {
  readonly node: NodeName;
  readonly incarnation: string;
}

/** An author some of whose changes are missing: how far this node knew it when the wait began, and how far others know it. */
interface Missing {
  known: number;
  upTo: number;
  timer: Timer;
}

/** What has come of all that a member sends: how many parts, whom they have not named yet of those known before, and whose replicas they name. */
interface Said {
  parts: number;
  readonly unsaid: Set<ActorId>;
  readonly replicas: Set<ActorId>;
}

/**
 * Keeps the records the same on all nodes. It sends a newcomer all records of this node in parts, applies incoming changes in the order of
 * their author, whichever way they came, and repairs missing ones. Changes that a lost member did not pass on are found by comparing how
 * far the authors are known: at once when a member goes, and at every repair.
 */
export class RegistrySync {
  readonly #ports: RegistrySyncPorts;
  /** Members that are sending all their records: what they have said so far. */
  readonly #parts = new Map<NodeName, Said>();
  readonly #complete = new Set<NodeName>();
  /** Members that are to send all their records, each with the timer by which its next part must be here for the wait to go on. */
  readonly #awaited = new Map<NodeName, Timer>();
  /** Members that are being sent all records of this node, each with the timer of its next part. */
  readonly #sending = new Map<NodeName, Timer>();
  /** The last changes of this node. */
  #log: RegistryChange[] = [];
  /** How many ends of actors this node knew when it first met each life of a node: that may have missed those that came since. */
  readonly #metAt = new BoundedMap<string, number>(metSize);
  /** Authors that were asked for a repair and have not sent it yet. */
  readonly #repairing = new Set<NodeName>();
  readonly #early = new EarlyBatches();
  /** Authors of whom so many changes came early that they are taken in a part in each turn: what comes of these meanwhile waits. */
  readonly #catchingUp = new Map<NodeName, readonly ChangeBatch[]>();
  readonly #missing = new Map<NodeName, Missing>();
  readonly #waits: HeadWaits;
  /** Members that were asked for their head since another member was lost, with the head they answered, if they have. */
  readonly #owed = new Map<NodeName, { head?: Head }>();
  /** Lives of nodes that other members know and this node has not met: it has none of their records. */
  readonly #unmet = new Set<string>();
  /** The heads of lost members, as this node knew them when they were lost. */
  readonly #lost = new BoundedMap<NodeName, Head>(lostSize);
  /** Records of lost authors, and the ends they recorded, that a member has begun to send and not ended. */
  readonly #lastRecords = new Map<NodeName, { readonly records: RegistryRecord[]; readonly ended: Tombstone[] }>();
  /** How many lost authors' last records are being taken in. */
  #inheriting = 0;
  /** What members are being answered that have asked, the first answer first. */
  readonly #answers = new Map<NodeName, Generator<void>[]>();
  readonly #spreading: Spreading;
  /** What this turn has published so far: it goes out in one piece, before anything else that this node says. */
  readonly #published = new TurnBatch<ChangeBatch>((batches) => this.#spread(batches));
  readonly #waiting = new Waiters();
  #wasCertain = true;
  readonly #certainty = new Waiters();

  constructor(ports: RegistrySyncPorts) {
    this.#ports = ports;
    this.#waits = new HeadWaits(ports.clock, ports.patienceMs * 3, (head) => this.#reached(head));
    this.#spreading = new Spreading(ports);
  }

  /** True when each author sends its changes itself, and nobody passes on those of others. */
  get isDirect(): boolean {
    return this.#spreading.direct;
  }

  /** Sends changes on their way to all members. */
  publish(batch: ChangeBatch): void {
    for (const change of batch.changes) this.#log.push(change);
    if (this.#log.length > logSize * 2) this.#log = this.#log.slice(-logSize);
    this.#published.add(batch);
  }

  /** Sends at once what was published in this turn: whoever hears anything later from this node has heard that first. */
  flush(): void {
    this.#published.flush();
  }

  #spread(batches: readonly ChangeBatch[]): void {
    const [first, ...more] = batches;
    if (first === undefined) return;
    this.#spreading.begin(more.length === 0 ? first : { ...first, changes: batches.flatMap(({ changes }) => changes) });
  }

  /** This node is about to leave: from now on it sends its changes, and those it passes on, to each member directly. */
  leaving(): void {
    this.#spreading.leaving = true;
  }

  /** A member is new to this node: it gets all records of this node. */
  joined(card: NodeCard): void {
    this.#parts.delete(card.node);
    this.#catchingUp.delete(card.node);
    this.#await(card.node);
    const { registry } = this.#ports;
    const life = nodeLife(card.node, card.incarnation);
    this.#unmet.delete(life);
    const met = this.#metAt.get(life);
    // A node that was never met may have been a member on the other side of a cut.
    this.#snapshot(card.node, met === undefined ? registry.ownEnds : registry.endedSince(met));
    if (met === undefined) this.#metAt.set(life, registry.ends);
  }

  /** A member is gone; `last`: how far this node knew it. */
  left(node: NodeName, last: Head | undefined): void {
    this.#parts.delete(node);
    this.#catchingUp.delete(node);
    this.#answers.delete(node);
    this.#stopSending(node);
    this.#awaitNoMore(node);
    this.#complete.delete(node);
    this.#repairing.delete(node);
    this.#early.forget(node);
    this.#missing.get(node)?.timer.cancel();
    this.#missing.delete(node);
    this.#owed.delete(node);
    this.#lost.delete(node);
    this.#lastRecords.delete(node);
    if (last !== undefined) this.#lost.set(node, last);
    // Where authors send to all members themselves, one that has said nothing here had nothing to pass on.
    if (last !== undefined || !this.isDirect) this.compare(last);
    this.#progressed();
    this.#wake();
  }

  /** Resolves when each member has sent all its records, or has left. */
  complete(): Promise<void> {
    if (this.isComplete) return Promise.resolve();
    return this.#waiting.wait();
  }

  /** Resolves when this node is certain. */
  certain(): Promise<void> {
    return this.isCertain ? Promise.resolve() : this.#certainty.wait();
  }

  /** True when each member has sent all its records. */
  get isComplete(): boolean {
    return this.#ports.peers().every((peer) => this.#complete.has(peer));
  }

  /**
   * False after a member was lost that may have had changes to pass on, until the other members have said how far they are; and while a
   * new member is sending all its records, or a node that other members know has not, or what a lost member had told last is taken in.
   */
  get isCertain(): boolean {
    return this.#owed.size === 0 && this.#unmet.size === 0 && this.#awaited.size === 0 && this.#inheriting === 0;
  }

  /** Another member knows a life of a node that this node has not met. */
  heardOf(node: NodeName, incarnation: string): void {
    this.#unmet.add(nodeLife(node, incarnation));
    this.#wasCertain = false;
  }

  /** This node gives up on meeting a life of a node: members that have lost it as well know what it left behind. */
  notMet(node: NodeName, incarnation: string): void {
    this.#unmet.delete(nodeLife(node, incarnation));
    // Where a later life of it is a member, the others have lost the earlier one by now too.
    if (this.#ports.incarnationOf(node) !== incarnation) {
      this.#lost.set(node, { author: node, incarnation, number: 0 });
      this.#ask({ unmet: { node, incarnation } });
    }
    this.#progressed();
  }

  /** Runs `done` when this node has reached these heads, or their authors are gone, or the wait has lasted long enough. */
  whenReached(heads: readonly Head[], done: () => void): void {
    for (const head of heads) if (!this.#reached(head)) this.#miss(head.author, head.number);
    this.#waits.add(heads, done);
  }

  /** True when this node knows these authors that far, and they are still members: what they said is not lost with them. */
  knows(heads: readonly Head[]): boolean {
    return heads.every((head) => head.author === this.#ports.self || this.#isKnown(head));
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
    const { registry, incarnationOf } = this.#ports;
    this.#snapshot(to, registry.endedSince(this.#metAt.get(nodeLife(to, incarnationOf(to) ?? "")) ?? 0));
  }

  /** Sends all records as they are now, in parts: one a turn, so that this node goes on meanwhile. */
  #snapshot(to: NodeName, ends: readonly Tombstone[]): void {
    const { self, incarnation, registry, send, maxBytes, clock } = this.#ports;
    const records = eachRun(registry.recordsOf(self), partSize, maxBytes);
    const number = registry.number(self);
    const { freshEpoch } = registry;
    const besideBytes = maxBytes === Number.POSITIVE_INFINITY ? maxBytes : smallBytes;
    const replicaRecords = eachRun(registry.replicaRecords.by(self), partSize, besideBytes);
    const ended = eachRun(ends, partSize, besideBytes);
    type Pieces = Pick<SnapshotPart, "records" | "ended" | "replicaRecords">;
    /** What the next part holds; undefined when all is sent. */
    const take = (): Pieces | undefined => {
      const [some, over, beside] = [records.next(), ended.next(), replicaRecords.next()];
      if (some.done === true && over.done === true && beside.done === true) return undefined;
      const also = beside.done === true ? {} : { replicaRecords: [...beside.value] };
      return { records: [...(some.value ?? [])], ended: [...(over.value ?? [])], ...also };
    };
    const sendPart = (part: number, pieces: Pieces): void => {
      this.#sending.delete(to);
      const next = take();
      const last = next === undefined;
      send(to, { type: "snapshot", part: { author: self, incarnation, number, clock: freshEpoch, part, last, ...pieces } });
      if (!last)
        this.#sending.set(
          to,
          clock.setTimeout(() => sendPart(part + 1, next), 0),
        );
    };
    this.#stopSending(to);
    sendPart(0, take() ?? { records: [], ended: [] });
  }

  /** Waits for a member's records, as long as parts of them come. */
  #await(node: NodeName): void {
    const { clock, patienceMs } = this.#ports;
    this.#awaitNoMore(node);
    this.#wasCertain = false;
    const givenUp = (): void => {
      this.#awaited.delete(node);
      this.#progressed();
    };
    this.#awaited.set(node, clock.setTimeout(givenUp, patienceMs * 3));
  }

  #awaitNoMore(node: NodeName): void {
    this.#awaited.get(node)?.cancel();
    this.#awaited.delete(node);
  }

  #stopSending(to: NodeName): void {
    this.#sending.get(to)?.cancel();
    this.#sending.delete(to);
  }

  /** A member misses this node's changes after a number: it gets them if they are kept, else all records of this node. */
  repair(to: NodeName, after: number | undefined): void {
    const { self, incarnation, registry } = this.#ports;
    const missing = after === undefined ? Number.POSITIVE_INFINITY : registry.number(self) - after;
    if (after === undefined || missing > this.#log.length) this.snapshot(to);
    else if (missing > 0)
      this.#spreading.sendTo([to], [], { author: self, incarnation, first: after + 1, changes: this.#log.slice(-missing) });
  }

  /** Takes in changes of a member, whichever way they came; `onward`: the members that this node passes them on to. */
  receiveChanges(batch: ChangeBatch, onward: readonly NodeName[]): void {
    const { self, registry, incarnationOf } = this.#ports;
    const { author, incarnation, first } = batch;
    if (author === self) return;
    if (onward.length > 0) this.#spreading.passOn(batch, onward);
    // What an author says while it tells all counts after that, and after what came early.
    const inOrder = !this.#parts.has(author) && !this.#catchingUp.has(author);
    if (inOrder && incarnationOf(author) === incarnation && registry.receive(batch)) {
      this.#catchUp(author, incarnation);
      return;
    }
    this.#early.keep(batch);
    this.#miss(author, first - 1);
  }

  /** A member sends all its records, part by part: each counts when it comes, and the last one tells what is no more. */
  receivePart(from: NodeName, part: SnapshotPart): void {
    if (part.author !== from) return;
    const { registry } = this.#ports;
    if (part.part === 0) this.#catchUpLater(from);
    const said: Said | undefined =
      part.part === 0 ? { parts: 0, unsaid: registry.idsBy(from, part.incarnation), replicas: new Set() } : this.#parts.get(from);
    if (said?.parts !== part.part) {
      this.#repairing.delete(from);
      this.#repair(from, true);
      return;
    }
    said.parts++;
    for (const { spec } of part.records) said.unsaid.delete(spec.id);
    for (const { id } of part.replicaRecords ?? []) said.replicas.add(id);
    this.#parts.set(from, said);
    registry.receivePart(from, part);
    if (!part.last) {
      if (this.#awaited.has(from)) this.#await(from);
      return;
    }
    this.#parts.delete(from);
    this.#repairing.delete(from);
    registry.hasSaid(from, part, said.unsaid, said.replicas);
    this.#catchUp(from, part.incarnation, () => {
      this.#complete.add(from);
      this.#awaitNoMore(from);
      this.#wake();
    });
  }

  /**
   * Asks every member how far it is, and how far it knew the lost member; this node is not certain until it has reached the answers. It
   * asks when a member is lost, which may have had changes to pass on or may have sent its last ones to some members only, and when this
   * node is to decide for a member that drains: what a third one has started may not have come here yet. Where authors send to all members
   * themselves, only their last changes can be missing, and the wait for an answer is short.
   */
  compare(lost?: Head): void {
    this.#ask({ lost });
  }

  /** Asks every member how far it is, and what it knows of a node that this node has lost, or never met. */
  #ask(about: { readonly lost?: Head | undefined; readonly unmet?: Unmet }): void {
    const asked = [...this.#ports.peers()].map((peer) => {
      const owes = {};
      this.#owed.set(peer, owes);
      this.#tell(peer, true, about);
      return { peer, owes };
    });
    if (this.isCertain) return;
    this.#wasCertain = false;
    if (!this.#spreading.direct) return;
    this.#ports.clock.setTimeout(() => {
      for (const { peer, owes } of asked) if (this.#owed.get(peer) === owes) this.#owed.delete(peer);
      this.#progressed();
    }, this.#ports.patienceMs * 3);
  }

  /** Sends other members the heads that this node knows: a member that is behind asks for a repair. */
  sendDigests(): void {
    const { self, strategy, registry } = this.#ports;
    const others = [...this.#ports.peers()];
    const to = strategy.repairPeers === undefined ? others : this.#drawn(others, strategy.repairPeers);
    const heads = this.heads(this.#spreading.direct ? [self] : registry.authors());
    for (const peer of to) this.#ports.send(peer, { type: "digest", heads, ask: false });
  }

  receiveDigest(from: NodeName, { heads, ask, unmet }: Extract<NodeMessage, { type: "digest" }>): void {
    for (const head of heads) if (!this.#reached(head)) this.#miss(head.author, head.number);
    if (ask) {
      const about = heads.filter(({ author }) => author !== from);
      // One that is a member here is cut off from the asking node alone, and runs what it runs.
      if (unmet !== undefined && this.#ports.incarnationOf(unmet.node) !== unmet.incarnation)
        about.push({ author: unmet.node, incarnation: unmet.incarnation, number: 0 });
      this.#answer(from, about);
    }
    const own = heads.find(({ author }) => author === from);
    const owes = this.#owed.get(from);
    if (ask || own === undefined || owes === undefined) return;
    owes.head = own;
    this.#progressed();
  }

  /** A member that knew a lost author further sends the actors which that author hosted last, and the ends it recorded. */
  receiveLastRecords(from: NodeName, { head, records, ended, more }: Extract<NodeMessage, { type: "lastRecords" }>): void {
    const all = this.#lastRecords.get(from) ?? { records: [], ended: [] };
    for (const record of records) all.records.push(record);
    for (const tombstone of ended) all.ended.push(tombstone);
    this.#lastRecords.delete(from);
    if (more === true) {
      this.#lastRecords.set(from, all);
      return;
    }
    const { author, incarnation, number } = head;
    const last = this.#lost.get(author);
    // A later life of its name may be a member already.
    if (this.#ports.incarnationOf(author) === incarnation || last?.incarnation !== incarnation || last.number >= number) return;
    this.#lost.set(author, head);
    const sliced = this.#ports.registry.inherit(nodeLife(author, incarnation), all.records, all.ended);
    if (sliced === undefined) return;
    this.#inheriting++;
    this.#wasCertain = false;
    void sliced.finally(() => {
      this.#inheriting--;
      this.#progressed();
    });
  }

  /** A member could not pass this node's changes on to these nodes. */
  unreached(nodes: readonly NodeName[]): void {
    for (const node of nodes) if (this.#ports.incarnationOf(node) !== undefined) this.#tell(node, false);
  }

  #drawn(from: NodeName[], count: number): NodeName[] {
    const drawn: NodeName[] = [];
    while (from.length > 0 && drawn.length < count)
      drawn.push(...from.splice(Math.floor(this.#ports.random.next() * from.length), 1));
    return drawn;
  }

  /**
   * Answers a member that asks: with what lost authors had told last, as far as this node knows them further, a part in each turn, and at
   * last with how far this node is. Several answers go one after the other, since parts name no author of their own; an answer ends with the
   * link, or its later parts would pass for all of it.
   */
  #answer(to: NodeName, about: readonly Head[]): void {
    const answers = this.#answers.get(to);
    if (answers !== undefined) answers.push(this.#partsOfAnswer(to, about));
    else {
      const first = [this.#partsOfAnswer(to, about)];
      this.#answers.set(to, first);
      this.#answerOn(to, first);
    }
  }

  #answerOn(to: NodeName, answers: Generator<void>[]): void {
    if (this.#answers.get(to) !== answers) return;
    for (let [first] = answers; first !== undefined; [first] = answers) {
      if (first.next().done !== true) {
        this.#ports.clock.defer(() => this.#answerOn(to, answers));
        return;
      }
      answers.shift();
    }
    this.#answers.delete(to);
  }

  /** An answer, sent as it is gone through: a step is what one turn sends. */
  *#partsOfAnswer(to: NodeName, about: readonly Head[]): Generator<void, void, undefined> {
    for (const head of about) yield* this.#shareLastRecords(to, head);
    this.#tell(to, false);
  }

  /** A member has lost an author that this node may know further. */
  *#shareLastRecords(to: NodeName, { author, incarnation, number }: Head): Generator<void, void, undefined> {
    this.#ports.checks.mark("lastRecordsShared");
    const { registry, send, maxBytes } = this.#ports;
    const head = [...this.heads([author]), this.#lost.get(author)].find((one) => one?.incarnation === incarnation);
    if (head === undefined || head.number <= number) return;
    const life = nodeLife(author, incarnation);
    // To find all orphans of a life takes long while there are more to come.
    while (registry.incarnation(author) !== incarnation && registry.isForgetting) yield;
    const known = registry.incarnation(author) === incarnation;
    const records = eachRun(known ? registry.recordsOf(author) : registry.orphans.of(life), partSize, maxBytes);
    const ended = eachRun(registry.endsBy(life), partSize, maxBytes === Number.POSITIVE_INFINITY ? maxBytes : smallBytes);
    type Pieces = Pick<Extract<NodeMessage, { type: "lastRecords" }>, "records" | "ended">;
    /** What the next part holds; undefined when all is sent. */
    const take = (): Pieces | undefined => {
      const [some, over] = [records.next(), ended.next()];
      if (some.done === true && over.done === true) return undefined;
      return { records: [...(some.value ?? [])], ended: [...(over.value ?? [])] };
    };
    let part: Pieces | undefined = take() ?? { records: [], ended: [] };
    while (part !== undefined) {
      const next = take();
      send(to, { type: "lastRecords", head, ...part, ...(next === undefined ? {} : { more: true }) });
      if (next !== undefined) yield;
      part = next;
    }
  }

  /** Sends this node's own head; `ask`: and asks the member for its own. */
  #tell(to: NodeName, ask: boolean, { lost, unmet }: { readonly lost?: Head | undefined; readonly unmet?: Unmet } = {}): void {
    const own = this.heads([this.#ports.self]);
    const heads = lost === undefined ? own : [...own, lost];
    this.#ports.send(to, { type: "digest", heads, ask, ...(unmet === undefined ? {} : { unmet }) });
  }

  /** Changes of an author up to a number are missing. They may be on their way, so the repair waits a while. */
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

  /** An author is known further than before: batches that came early may fit now. */
  #catchUp(author: NodeName, incarnation: string, caughtUp: () => void = () => {}): void {
    this.#repairing.delete(author);
    this.#takeIn(author, incarnation, [], caughtUp);
  }

  /** Takes in what came early, after what is left of that from the last turn: no more in one turn than that can take. */
  #takeIn(author: NodeName, incarnation: string, left: readonly ChangeBatch[], caughtUp: () => void): void {
    const { registry, clock } = this.#ports;
    const batches = [...left, ...this.#early.take(author, incarnation)];
    let taken = 0;
    let changes = 0;
    for (const batch of batches) {
      if (changes >= sliceSize) break;
      taken++;
      if (registry.receive(batch)) changes += batch.changes.length;
      else this.#early.keep(batch);
    }
    if (taken === batches.length) {
      caughtUp();
      this.#caughtUp(author);
      return;
    }
    const rest = batches.slice(taken);
    this.#catchingUp.set(author, rest);
    clock.defer(() => {
      if (this.#catchingUp.get(author) !== rest) return;
      this.#catchingUp.delete(author);
      this.#takeIn(author, incarnation, rest, caughtUp);
    });
  }

  /** A member is gone: what has come of its changes counts before what follows from that. */
  takeInNow(author: NodeName): void {
    const { registry } = this.#ports;
    const rest = this.#catchingUp.get(author);
    const incarnation = registry.incarnation(author);
    if (rest === undefined || incarnation === undefined) return;
    this.#catchingUp.delete(author);
    for (const batch of [...rest, ...this.#early.take(author, incarnation)]) registry.receive(batch);
  }

  /** An author tells all anew: what is left of its changes counts after that. */
  #catchUpLater(author: NodeName): void {
    for (const batch of this.#catchingUp.get(author) ?? []) this.#early.keep(batch);
    this.#catchingUp.delete(author);
  }

  #caughtUp(author: NodeName): void {
    const { registry } = this.#ports;
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

  /** True also when the author's incarnation is no member: then nothing more comes from it. */
  #reached(head: Head): boolean {
    const { self, incarnationOf } = this.#ports;
    return head.author === self || incarnationOf(head.author) !== head.incarnation || this.#isKnown(head);
  }

  #isKnown({ author, incarnation, number }: Head): boolean {
    const { registry } = this.#ports;
    return number === 0 || (registry.incarnation(author) === incarnation && registry.number(author) >= number);
  }

  #repair(author: NodeName, whole = false): void {
    if (this.#repairing.has(author) || this.#ports.incarnationOf(author) === undefined) return;
    // All its records are on their way, or taken in, and what it changes meanwhile is kept until they are here.
    if (!whole && (this.#parts.has(author) || this.#catchingUp.has(author))) return;
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
