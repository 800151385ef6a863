/*
 * The records of actors whose node died and whom no node has taken over yet.
 * Without it nobody would know which actors to start again after a node's death, and their ids would look free.
 */
import { type ActorId, type Epoch, nodeLifeOf, type RegistryRecord } from "@process-hub/protocol";
import type { Left } from "./left-behind.js";
import type { Records } from "./records.js";

/**
 * The actors of dead nodes that no node has taken over yet. Those whose node's records have not been taken out yet are read as if they had:
 * whoever changes something about an actor has its records taken out first.
 */
export class Orphans {
  readonly #byId = new Map<ActorId, RegistryRecord>();
  /** The lives of nodes whose last word the orphans are, where that is known. */
  readonly #authors = new WeakMap<RegistryRecord, string>();
  readonly #records: Records;
  readonly #isOver: (record: RegistryRecord) => boolean;
  readonly #gaveWayTo: (id: ActorId) => boolean;

  /**
   * `isOver`: true when the actor of a record has ended since. `gaveWayTo`: true when this node has ended a life of its own for the one that
   * became an orphan.
   */
  constructor(records: Records, isOver: (record: RegistryRecord) => boolean, gaveWayTo: (id: ActorId) => boolean) {
    this.#records = records;
    this.#isOver = isOver;
    this.#gaveWayTo = gaveWayTo;
  }

  /** How many there are, without those whose records have not been taken out yet. */
  get size(): number {
    return this.#byId.size;
  }

  has(id: ActorId): boolean {
    return this.#byId.has(id) || this.#leftOf(id) !== undefined;
  }

  get(id: ActorId): RegistryRecord | undefined {
    return this.#leftOf(id)?.record ?? this.#byId.get(id);
  }

  *ids(): Generator<ActorId> {
    for (const { spec } of this.values()) yield spec.id;
  }

  /** Those whose records have been taken out: quick, and as many as `size`. */
  takenOutSoFar(): IterableIterator<RegistryRecord> {
    return this.#byId.values();
  }

  *values(): Generator<RegistryRecord> {
    const { left } = this.#records;
    for (const [id, record] of this.#byId) if (left.isEmpty || this.#leftOf(id) === undefined) yield record;
    for (const id of left.ids()) {
      const last = this.#leftOf(id);
      if (last !== undefined) yield last.record;
    }
  }

  /** The orphans whose last place was in this life of a node, or that it had handed over last. */
  of(life: string): RegistryRecord[] {
    return [...this.values()].filter((record) => this.#isOf(record, life));
  }

  #isOf(record: RegistryRecord, life: string): boolean {
    const author = this.#authors.get(record) ?? this.#leftOf(record.spec.id)?.life;
    return nodeLifeOf(record.place) === life || author === life;
  }

  /** What nodes that are gone had of an actor has been taken out: it is an orphan, unless another node has taken it over. */
  takenOut(left: readonly Left[]): void {
    const last = this.#lastOf(left);
    if (last !== undefined) this.add(last.record, last.life);
  }

  /** What makes an actor an orphan and has not been taken out yet. */
  #leftOf(id: ActorId): Left | undefined {
    const { left } = this.#records;
    const last = left.isEmpty ? undefined : this.#lastOf(left.of(id));
    return last === undefined || this.#isOver(last.record) ? undefined : last;
  }

  /** The last of what is left of an actor; undefined when something later is known of it. */
  #lastOf(left: readonly Left[]): Left | undefined {
    const last = left.reduce<Left | undefined>(
      (best, one) => (best && best.record.epoch >= one.record.epoch ? best : one),
      undefined,
    );
    if (last === undefined) return undefined;
    const { spec, epoch } = last.record;
    const isLater = (known: RegistryRecord | undefined): boolean => known !== undefined && known.epoch >= epoch;
    return isLater(this.#records.current(spec.id)) || isLater(this.#byId.get(spec.id)) ? undefined : last;
  }

  /** The host of an actor is gone: the actor is an orphan, unless it has ended. `author`: the life of the node whose record that was. */
  add(record: RegistryRecord, author?: string): void {
    if (this.#isOver(record)) return;
    this.#byId.set(record.spec.id, record);
    if (author !== undefined) this.#authors.set(record, author);
  }

  /**
   * Other nodes tell of an actor that died with its node before this node was a member. A record of its move there, which is all that is left of it,
   * says no more.
   */
  told(record: RegistryRecord): void {
    const { id } = record.spec;
    const known = this.#records.current(id);
    const isOfIt = known?.state === "moved" && known.place === record.place && known.epoch === record.epoch;
    if ((known === undefined || isOfIt) && !this.has(id)) this.add(record);
  }

  /**
   * A node's life is over, and another node knew its records further: this is the last one it had of an actor, if it had one. An orphan of it
   * that this node gave way to stays: for the other node it may be one that was taken over, by the life that gave way.
   */
  inherit(life: string, id: ActorId, last: RegistryRecord | undefined): void {
    const orphan = this.#byId.get(id);
    if (last !== undefined) {
      const known = this.#records.current(id) ?? orphan;
      // Of one epoch its tag or metadata may have changed since: the other node knew it further.
      const isSame = known?.epoch === last.epoch && known === orphan && this.#isOf(orphan, life) && !this.#gaveWayTo(id);
      if (known === undefined || known.epoch < last.epoch || isSame) this.add(last, life);
    } else if (orphan !== undefined && this.#isOf(orphan, life)) {
      // A record in state "moved" is the word of the sender; the dead node may never have recorded the arrival itself.
      if (orphan.state !== "moved" && !this.#gaveWayTo(id)) this.#byId.delete(id);
    }
  }

  /** Actors that were handed over to a node which died before it recorded them are orphans too. */
  addMoved(isLost: (record: RegistryRecord) => boolean): void {
    for (const id of this.#records.moved()) {
      const record = this.#records.current(id);
      if (record?.state === "moved" && isLost(record)) this.add(record);
    }
  }

  /** A node has a record of the actor again, even one in state "down": from now on that node decides what becomes of it. */
  spokenFor({ spec: { id }, state, epoch }: RegistryRecord): void {
    const orphan = this.#byId.get(id);
    if (orphan !== undefined && state !== "moved" && epoch >= orphan.epoch) this.#byId.delete(id);
  }

  /** The actor has ended under an epoch. True when it was an orphan until now. */
  ended(id: ActorId, epoch: Epoch): boolean {
    const orphan = this.#byId.get(id);
    return orphan !== undefined && orphan.epoch <= epoch && this.#byId.delete(id);
  }

  /** The actor has ended at some instant. True when it was an orphan until now. */
  buried(id: ActorId): boolean {
    const orphan = this.#byId.get(id);
    return orphan !== undefined && this.#isOver(orphan) && this.#byId.delete(id);
  }

  /** Forgets an orphan. False when there was none of this id. */
  remove(id: ActorId): boolean {
    return this.#byId.delete(id);
  }
}
