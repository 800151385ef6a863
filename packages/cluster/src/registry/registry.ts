/*
 * The one store of who runs where, on every node: records by author, orphans, tombstones, replicas.
 * Without it no part could say where an actor runs, whether its id is free, or which of two records counts.
 */
import {
  type ActorId,
  type ChangeBatch,
  type Checks,
  type Clock,
  type Epoch,
  type GoneReason,
  inSlices,
  lineageOf,
  type NodeName,
  nodeLife,
  type PlaceId,
  type RegistryChange,
  type RegistryRecord,
  type SnapshotPart,
  type Tombstone,
} from "@process-hub/protocol";
import { EndedElsewhere } from "./ended-elsewhere.js";
import { type EntryQuery, fits } from "./entry-query.js";
import { Lives } from "./lives.js";
import { Orphans } from "./orphans.js";
import { type Held, Records } from "./records.js";
import { Entries, type RegistryEntry } from "./registry-entry.js";
import { ReplicaRecords } from "./replica-records.js";
import { TakenBack } from "./taken-back.js";
import { Tombstones } from "./tombstones.js";
import { YieldedDuplicates } from "./yielded-duplicates.js";

interface Author {
  readonly incarnation: string;
  number: number;
  readonly records: Map<ActorId, RegistryRecord>;
}

/** What a registry tells its node. */
export interface RegistryPorts {
  readonly checks: Checks;
  readonly clock: Pick<Clock, "now" | "wallMs" | "setTimeout" | "defer">;
  /** In this time a link has either delivered or broken. */
  readonly deliveryMs: number;
  readonly self: NodeName;
  readonly incarnation: string;
  /** True for a place of this node, or of a member in the life that the place is of. */
  readonly isMember: (place: PlaceId) => boolean;
  /** This node has changed its records: the batch is to be sent to the members. */
  readonly publish: (batch: ChangeBatch) => void;
  /** Something about the actor changed, by whichever author. */
  readonly changed: (id: ActorId, before: RegistryEntry | undefined, after: RegistryEntry | undefined) => void;
  /** A known actor runs, or will run, under a later epoch, perhaps at another place. */
  readonly relocated: (record: RegistryRecord) => void;
  /** An actor runs under an epoch that a duplicate of it has had on this node: its host must go on above that epoch. */
  readonly raiseEpochAbove: (record: RegistryRecord, by: Epoch) => void;
  /** True when somebody listens to `changed` with entries; when not, no entries are made. */
  readonly watched: () => boolean;
  /** The last records of an author that is gone have been taken out, in a later turn than it was forgotten. */
  readonly forgotten: () => void;
}

/**
 * Who runs where, on every node. Each node is the only author of the records of the actors it hosts, and numbers its changes; so registries
 * cannot disagree, and a record that its author took back cannot return. Of several records of an actor the highest epoch counts.
 */
export class Registry {
  readonly #ports: RegistryPorts;
  readonly #records = new Records();
  readonly #entries = new Entries();
  readonly #authors = new Map<NodeName, Author>();
  /** This node. */
  readonly #self: Author;
  readonly #ownAway = new Set<ActorId>();
  /** The actors of dead nodes that no node has taken over yet. */
  readonly orphans = new Orphans(
    this.#records,
    // What belongs to its node ends with it: nobody takes it over.
    (record) => record.spec.bound === true || this.isOver(record),
    (id) => this.#yieldedDuplicates.has(id),
  );
  readonly #endedElsewhere = new EndedElsewhere();
  readonly #yieldedDuplicates: YieldedDuplicates;
  readonly #takenBack: TakenBack;
  /** The replicas that stand beside actors, by their nodes. */
  readonly replicaRecords = new ReplicaRecords();
  /** The lives of actors that begin on this node. */
  readonly lives: Lives;
  readonly #tombstones: Tombstones;
  /** Resolves when all that authors which are gone had has been taken out; undefined: it has. */
  #forgetting: Promise<void> | undefined;
  /** At least as high as every epoch known here: a fresh start uses it, so that no epoch of an id comes twice. */
  #epochClock = 1;

  constructor(ports: RegistryPorts) {
    this.#ports = ports;
    this.lives = new Lives(nodeLife(ports.self, ports.incarnation), ports.clock);
    this.#tombstones = new Tombstones(ports.clock);
    this.#takenBack = new TakenBack(ports.clock, ports.deliveryMs, (author, id) => this.#remove(author, id));
    this.#yieldedDuplicates = new YieldedDuplicates(this.#records, ports.raiseEpochAbove);
    this.#self = { incarnation: ports.incarnation, number: 0, records: new Map() };
    this.#authors.set(ports.self, this.#self);
  }

  get size(): number {
    return this.#records.size;
  }

  /** The epoch of a fresh start. */
  get freshEpoch(): Epoch {
    return this.#epochClock;
  }

  /** Fresh starts have epochs above this one. */
  raiseEpochAbove(epoch: Epoch): void {
    this.#epochClock = Math.max(this.#epochClock, epoch + 1);
  }

  /** The number of an author's last change known here; 0 when none is. */
  number(author: NodeName): number {
    return this.#authors.get(author)?.number ?? 0;
  }

  incarnation(author: NodeName): string | undefined {
    return this.#authors.get(author)?.incarnation;
  }

  /** How many actors an author has records of. */
  count(author: NodeName): number {
    return this.#authors.get(author)?.records.size ?? 0;
  }

  /** The authors known here, this node included. */
  authors(): IterableIterator<NodeName> {
    return this.#authors.keys();
  }

  /** The record that counts for an actor: the one of the highest epoch; between equal epochs, the one that the host published itself. */
  current(id: ActorId): RegistryRecord | undefined {
    return this.#records.current(id);
  }

  /** This node's own record of an actor. */
  own(id: ActorId): RegistryRecord | undefined {
    return this.#self.records.get(id);
  }

  /** The actors of which this node has a record and that do not run here. */
  get ownAway(): ActorId[] {
    return [...this.#ownAway];
  }

  /** How many actors run on this node. */
  get ownRunning(): number {
    return this.#self.records.size - this.#ownAway.size;
  }

  /** All records of an author. */
  recordsOf(author: NodeName): RegistryRecord[] {
    return [...(this.#authors.get(author)?.records.values() ?? [])];
  }

  /** True when the actor of a record has ended since: the record is of a duplicate that could not be seen at that time. */
  isOver(record: RegistryRecord): boolean {
    return this.#tombstones.covers(record);
  }

  /** True when an actor of this id has ended, under this epoch or a later one. */
  endedAbove(id: ActorId, epoch: Epoch): boolean {
    return this.#takenBack.endedAbove(id, epoch);
  }

  /** Why a lineage has ended; undefined: it is not known to have. */
  whyEnded(lineage: string): GoneReason | undefined {
    return this.#tombstones.whyOf(lineage);
  }

  /** Publishes the end of a record's actor once more, for a node that would start it again because it has not heard of its end. */
  repeatEnd(record: RegistryRecord): void {
    if (!this.isOver(record)) return;
    const { spec, epoch, life } = record;
    const { id } = spec;
    const lineage = lineageOf(life);
    this.#ports.checks.mark("endRepeated");
    // A later actor of the id that this node hosts keeps its record.
    if (this.own(id) === undefined) this.publish([{ op: "drop", id, epoch, ended: true, lineage }]);
    else this.publish([{ op: "bury", tombstone: { id, lineage } }]);
  }

  /** How many ends of actors this node has learned of. */
  get ends(): number {
    return this.#tombstones.count;
  }

  /** The ends that this node learned of after the first so many, and must tell of: those it recorded itself, and those whose author is gone. */
  endedSince(count: number): Tombstone[] {
    return this.#tombstones.since(count, this.#mine());
  }

  /** The ends that this node recorded itself. */
  get ownEnds(): Tombstone[] {
    const self = nodeLife(this.#ports.self, this.#ports.incarnation);
    return this.#tombstones.since(0, (life) => life === self);
  }

  /** The ends that a life of a node recorded. */
  endsBy(life: string): Tombstone[] {
    return this.#tombstones.since(0, (by) => by === life);
  }

  /** Which ends this node must tell of, by the life of the node that recorded them first: all but those of other authors. */
  #mine(): (life: string) => boolean {
    const others = new Set<string>();
    for (const [name, { incarnation }] of this.#authors) if (name !== this.#ports.self) others.add(nodeLife(name, incarnation));
    return (life) => !others.has(life);
  }

  /** The records of an actor by other nodes. */
  others(id: ActorId): Held[] {
    return this.#records.of(id).filter(({ author }) => author !== this.#ports.self);
  }

  entry(id: ActorId): RegistryEntry | undefined {
    return this.#entryOf(this.current(id));
  }

  #entryOf(record: RegistryRecord | undefined): RegistryEntry | undefined {
    if (record === undefined || (record.state === "down" && record.waiting === undefined)) return undefined;
    return this.#entries.of(record, this.replicaRecords.of(record.spec.id));
  }

  /** True while a source of a move speaks for an actor that its target has not spoken for, or that this has not heard of. */
  get hasMoved(): boolean {
    return this.#records.moved().next().done !== true;
  }

  /** The ids of which any node has a record. */
  ids(): IterableIterator<ActorId> {
    return this.#records.ids();
  }

  *entries(): Generator<RegistryEntry> {
    for (const id of this.#records.ids()) {
      const entry = this.entry(id);
      if (entry !== undefined) yield entry;
    }
  }

  /** The actors that fit a query, and perhaps others: found by an index, where the query names what can be indexed. */
  idsFor(query: EntryQuery): Iterable<ActorId> {
    const found = this.#records.index.candidates(query);
    if (found === undefined) return this.ids();
    const { actor, tag, metadata = {}, node } = query;
    const isByNode = node !== undefined && actor === undefined && tag === undefined && Object.keys(metadata).length === 0;
    return isByNode ? new Set([...found, ...this.replicaRecords.by(node).map(({ id }) => id)]) : found;
  }

  /** The entries that fit a query. */
  find(query: EntryQuery): RegistryEntry[] {
    const entries: RegistryEntry[] = [];
    for (const id of this.idsFor(query)) {
      const entry = this.entry(id);
      if (entry !== undefined && fits(entry, query)) entries.push(entry);
    }
    return entries;
  }

  /** Publishes changes of this node, as far as they are new. */
  publish(changes: readonly RegistryChange[]): void {
    const news = changes.map((change) => this.#endedElsewhere.heeded(change)).filter((change) => this.#isNews(change));
    if (news.length === 0) return;
    this.#spread(news);
    for (const change of news) this.#apply(this.#ports.self, this.#self, change);
  }

  #isNews(change: RegistryChange): boolean {
    if (change.op === "drop") return change.ended || this.own(change.id) !== undefined;
    return change.op !== "unstand" || this.replicaRecords.at(this.#ports.self, change.id) !== undefined;
  }

  /** Another author's changes. False when some before them are missing: ask for a repair. */
  receive(batch: ChangeBatch): boolean {
    const author = this.#author(batch.author, batch.incarnation);
    if (batch.first > author.number + 1) return false;
    const known = author.number + 1 - batch.first;
    for (const change of batch.changes.slice(known)) {
      author.number++;
      this.#apply(batch.author, author, change);
    }
    return true;
  }

  /** Takes in a part of all that another author had as of one of its changes. Until `hasSaid` its other records stay. */
  receivePart(
    name: NodeName,
    { incarnation, number, clock, records, ended = [], replicaRecords = [] }: Omit<SnapshotPart, "author" | "part" | "last">,
  ): void {
    const author = this.#author(name, incarnation);
    this.#epochClock = Math.max(this.#epochClock, clock);
    for (const tombstone of ended) this.#bury(tombstone, this.#lifeOf(name));
    if (number < author.number) return;
    for (const record of records) this.#apply(name, author, { op: "put", record });
    for (const replicaRecord of replicaRecords) this.#apply(name, author, { op: "stand", replicaRecord });
  }

  /** The actors of which a life of an author has a record: those it does not name when it says all that it has are no more. */
  idsBy(name: NodeName, incarnation: string): Set<ActorId> {
    const author = this.#authors.get(name);
    return new Set(author?.incarnation === incarnation ? author.records.keys() : []);
  }

  /** An author has said all that it had as of one of its changes: no records of the ids in `unsaid`, and replicas of no others than these. */
  hasSaid(
    name: NodeName,
    { incarnation, number }: Pick<SnapshotPart, "incarnation" | "number">,
    unsaid: ReadonlySet<ActorId>,
    replicas: ReadonlySet<ActorId>,
  ): void {
    const author = this.#author(name, incarnation);
    if (number < author.number) return;
    for (const id of unsaid) if (author.records.has(id)) this.#apply(name, author, { op: "drop", id, epoch: 0, ended: false });
    this.#forgetReplicas(name, replicas);
    this.#ports.checks.invariant(
      number >= author.number,
      "an author's numbers only grow",
      () => `${name} from ${author.number} to ${number}`,
    );
    author.number = number;
  }

  /**
   * An author is gone: the actors it still hosted become orphans, unless another node has taken them over. For whoever asks, all of them are
   * from now on. The records are taken out in slices, and those of an actor about which anything changes before that first: so a later life
   * of the author's name may come, and what it publishes meets nothing of an earlier one.
   */
  forget(name: NodeName): void {
    const author = this.#authors.get(name);
    const life = author && nodeLife(name, author.incarnation);
    this.#authors.delete(name);
    if (author !== undefined && life !== undefined) this.#leaveBehind(name, life, author.records);
    this.#forgetReplicas(name);
    if (life !== undefined) this.#tellFor(life);
  }

  /**
   * Actors that were handed over to places which are gone, before anybody there had recorded them, are orphans. A record of such a move that its
   * author has taken back stayed here until the new host was heard, which it will not be.
   */
  movesLost(isLost: (record: RegistryRecord) => boolean): void {
    this.orphans.addMoved(isLost);
    for (const { author, record } of this.#takenBack.all)
      if (isLost(record) && this.orphans.has(record.spec.id)) this.#remove(author, record.spec.id);
  }

  #leaveBehind(name: NodeName, life: string, records: Map<ActorId, RegistryRecord>): void {
    const ids = [...records.keys()];
    for (const { epoch } of records.values()) this.raiseEpochAbove(epoch);
    this.#records.left.add(name, life, records);
    const sliced = inSlices(this.#ports.clock, ids, (some) => {
      for (const id of some) this.#takeOut(id);
    });
    if (sliced !== undefined) this.#forgetsUntil(sliced);
  }

  #forgetsUntil(sliced: Promise<void>): void {
    const forgetting = Promise.all([sliced, this.#forgetting]).then(() => {
      if (this.#forgetting === forgetting) this.#forgetting = undefined;
      this.#ports.forgotten();
    });
    this.#forgetting = forgetting;
  }

  /** True while records of authors that are gone have not been taken out yet: more orphans will come. */
  get isForgetting(): boolean {
    return this.#forgetting !== undefined;
  }

  /** Takes out what authors that are gone had of an actor: it is an orphan now, or runs elsewhere. */
  #takeOut(id: ActorId): void {
    if (this.#records.left.isEmpty) return;
    const watched = this.#ports.watched();
    const before = watched ? this.#entryOf(this.#records.currentBefore(id)) : undefined;
    const left = this.#records.takeLeft(id);
    if (left.length === 0) return;
    this.orphans.takenOut(left);
    this.#ports.changed(id, before, watched ? this.entry(id) : undefined);
  }

  /**
   * A node's life is over, and another node knew it further: these are the actors it hosted last, and the ends it recorded. Each actor is
   * settled by itself, so they can be in slices. Undefined when one slice was all; else resolves when all are settled.
   */
  inherit(life: string, records: readonly RegistryRecord[], ended: readonly Tombstone[]): Promise<void> | undefined {
    if (this.#forgetting !== undefined) return this.#forgetting.then(() => this.inherit(life, records, ended));
    for (const tombstone of ended) this.#bury(tombstone, life);
    const last = new Map(records.map((record) => [record.spec.id, record]));
    const ids = new Set([...this.orphans.of(life).map(({ spec }) => spec.id), ...last.keys()]);
    return inSlices(this.#ports.clock, [...ids], (some) => {
      for (const id of some) {
        this.#takeOut(id);
        this.orphans.inherit(life, id, last.get(id));
      }
    });
  }

  /** Publishes the ends that a node which is gone was to tell of. */
  #tellFor(gone: string): void {
    for (const { id } of this.endsBy(gone))
      for (const { record } of this.others(id)) if (this.isOver(record)) this.repeatEnd(record);
  }

  /** Forgets an orphan that is not to run again, on this node alone. */
  release(id: ActorId): void {
    this.#takeOut(id);
    if (this.orphans.remove(id)) this.#ports.changed(id, undefined, undefined);
  }

  #author(name: NodeName, incarnation: string): Author {
    const known = this.#authors.get(name);
    if (known?.incarnation === incarnation) return known;
    if (known !== undefined) {
      for (const id of [...known.records.keys()]) this.#remove(name, id);
      this.#forgetReplicas(name);
    }
    const author: Author = { incarnation, number: 0, records: new Map() };
    this.#authors.set(name, author);
    return author;
  }

  #apply(name: NodeName, author: Author, change: RegistryChange): void {
    if (change.op === "put") {
      this.#takeOut(change.record.spec.id);
      this.#put(name, author, change.record);
      return;
    }
    if (change.op === "stand") {
      this.#epochClock = Math.max(this.#epochClock, change.replicaRecord.epoch);
      this.replicaRecords.stand(name, change.replicaRecord);
      return;
    }
    if (change.op === "unstand") {
      this.#unstand(name, change.id);
      return;
    }
    if (change.op === "bury") {
      this.#bury(change.tombstone, this.#lifeOf(name));
      return;
    }
    this.#takeOut(change.id);
    this.#epochClock = Math.max(this.#epochClock, change.epoch + 1);
    author.records.delete(change.id);
    if (change.ended) this.#over(name, change.id, change.epoch);
    else if (this.#isKept(name, change.id)) return;
    this.#remove(name, change.id);
    const { id, lineage, why } = change;
    if (lineage !== undefined) this.#bury({ id, lineage, ...(why === undefined ? {} : { why }) }, this.#lifeOf(name));
  }

  /** True when another node's record here is the last one of an actor that has not ended: it stays until whoever speaks for the actor is heard. */
  #isKept(author: NodeName, id: ActorId): boolean {
    const [held, ...more] = this.#records.of(id);
    if (author === this.#ports.self || held?.author !== author || more.length > 0) return false;
    if (this.orphans.has(id) || this.isOver(held.record)) return false;
    if (this.endedAbove(id, held.record.epoch)) return false;
    // Where its node is gone it is an orphan of those who knew that node, who offer it; one that is not met yet is asked before its ids are free.
    if (!this.#ports.isMember(held.record.place)) return false;
    this.#epochClock = Math.max(this.#epochClock, held.record.epoch + 1);
    if (this.#takenBack.get(id)?.record !== held.record) this.#takenBack.keep(author, held.record);
    return true;
  }

  #lifeOf(author: NodeName): string {
    return nodeLife(author, this.incarnation(author) ?? "");
  }

  /** Remembers an end that a life of a node recorded; an earlier life of the actor, here or among the orphans, is over with it. */
  #bury(tombstone: Tombstone, by: string): void {
    const { id } = tombstone;
    this.#takeOut(id);
    this.#tombstones.add(tombstone, by);
    if (this.orphans.buried(id)) this.#ports.changed(id, undefined, undefined);
    const kept = this.#takenBack.get(id);
    if (kept !== undefined && this.isOver(kept.record)) this.#remove(kept.author, id);
    const own = this.own(id);
    if (own === undefined || !this.isOver(own)) return;
    const entry = this.#ports.watched() ? this.entry(id) : undefined;
    this.#ports.changed(id, entry, entry);
  }

  #forgetReplicas(name: NodeName, but: ReadonlySet<ActorId> = new Set()): void {
    for (const { id } of this.replicaRecords.by(name)) if (!but.has(id)) this.#unstand(name, id);
  }

  #unstand(name: NodeName, id: ActorId): void {
    const replicaRecord = this.replicaRecords.unstand(name, id);
    if (replicaRecord !== undefined) this.#epochClock = Math.max(this.#epochClock, replicaRecord.epoch);
  }

  /** The actor has ended under an epoch: records of its moves, or of a restart to come, up to that epoch have no more meaning. */
  #over(name: NodeName, id: ActorId, epoch: Epoch): void {
    if (this.orphans.ended(id, epoch)) this.#ports.changed(id, undefined, undefined);
    this.#yieldedDuplicates.ended(id);
    const own = name === this.#ports.self ? undefined : this.own(id);
    if (own !== undefined) this.#endedElsewhere.note(own, epoch);
    const kept = this.#takenBack.get(id);
    if (kept !== undefined && kept.record.epoch <= epoch) this.#remove(kept.author, id);
    this.#takenBack.noteEnd(id, epoch);
    const past = this.#records
      .of(id)
      .filter(({ author, record }) => author !== name && record.state !== "running" && record.epoch <= epoch);
    for (const { author } of past) {
      this.#authors.get(author)?.records.delete(id);
      this.#remove(author, id);
      if (author === this.#ports.self) this.#spread([{ op: "drop", id, epoch, ended: false }]);
    }
  }

  /** Numbers changes of this node, and gives them to be sent. */
  #spread(changes: readonly RegistryChange[]): void {
    const first = this.#self.number + 1;
    this.#self.number += changes.length;
    this.#ports.checks.invariant(changes.length > 0, "an author numbers only what it says");
    this.#ports.publish({ author: this.#ports.self, incarnation: this.#ports.incarnation, first, changes: [...changes] });
  }

  #put(name: NodeName, author: Author, record: RegistryRecord): void {
    const { id } = record.spec;
    const before = this.#ports.watched() ? this.entry(id) : undefined;
    const known = this.current(id);
    if (known !== undefined && record.epoch > known.epoch && record.state !== "down") this.#ports.relocated(record);
    this.#epochClock = Math.max(this.#epochClock, record.epoch);
    this.#ports.checks.invariant(
      this.#authors.get(name) === author,
      "a record is put by the life of its author that is known",
      () => `${id} by ${name}`,
    );
    author.records.set(id, record);
    if (author === this.#self && record.state !== "running") this.#ownAway.add(id);
    else if (author === this.#self) this.#ownAway.delete(id);
    const replaced = this.#records.put(name, record);
    const kept = this.#takenBack.get(id);
    this.#takenBack.forget(id);
    if (kept !== undefined && kept.author !== name) this.#records.remove(kept.author, id);
    if (name === this.#ports.self && replaced !== undefined && !isSame(replaced, record)) this.#yieldedDuplicates.add(replaced);
    this.#yieldedDuplicates.compare(record);
    this.orphans.spokenFor(record);
    this.#ports.changed(id, before, this.#ports.watched() ? this.entry(id) : undefined);
    // Its host took it over from a node that had not heard of its end either.
    if (name !== this.#ports.self && this.isOver(record) && this.#tombstones.isBy(record, this.#mine())) this.repeatEnd(record);
  }

  #remove(name: NodeName, id: ActorId): void {
    if (name === this.#ports.self && !this.#self.records.has(id)) this.#ownAway.delete(id);
    if (!this.#records.has(id)) return;
    const before = this.#ports.watched() ? this.entry(id) : undefined;
    const isOwn = name === this.#ports.self;
    if (isOwn) this.#endedElsewhere.forget(id);
    if (this.#takenBack.get(id)?.author === name) this.#takenBack.forget(id);
    const removed = this.#records.remove(name, id);
    if (removed !== undefined) this.#epochClock = Math.max(this.#epochClock, removed.epoch + 1);
    if (isOwn && removed !== undefined) this.#yieldedDuplicates.add(removed);
    this.#ports.changed(id, before, this.#ports.watched() ? this.entry(id) : undefined);
  }
}

/** True for two records of one stay of one life at a place. */
function isSame(a: RegistryRecord, b: RegistryRecord): boolean {
  return a.life.name === b.life.name && a.epoch === b.epoch && a.place === b.place;
}
