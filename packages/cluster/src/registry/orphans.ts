/*
 * The records of actors whose node died and whom no node has taken over yet.
 * Without it nobody would know which actors to start again after a node's death, and their ids would look free.
 */
import { type ActorId, type Epoch, nodeLifeOf, type RegistryRecord } from "@process-hub/protocol";
import type { Records } from "./records.js";

/** The actors of dead nodes that no node has taken over yet. */
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

  get size(): number {
    return this.#byId.size;
  }

  has(id: ActorId): boolean {
    return this.#byId.has(id);
  }

  get(id: ActorId): RegistryRecord | undefined {
    return this.#byId.get(id);
  }

  ids(): IterableIterator<ActorId> {
    return this.#byId.keys();
  }

  values(): IterableIterator<RegistryRecord> {
    return this.#byId.values();
  }

  /** The orphans whose last place was in this life of a node, or that it had handed over last. */
  of(life: string): RegistryRecord[] {
    return [...this.#byId.values()].filter((record) => nodeLifeOf(record.place) === life || this.#authors.get(record) === life);
  }

  /** The host of an actor is gone: the actor is an orphan, unless it has ended. `author`: the life of the node whose record that was. */
  add(record: RegistryRecord, author?: string): void {
    if (this.#isOver(record)) return;
    this.#byId.set(record.spec.id, record);
    if (author !== undefined) this.#authors.set(record, author);
  }

  /** Other nodes tell of an actor that died with its node before this node was a member. */
  told(record: RegistryRecord): void {
    const { id } = record.spec;
    if (this.#records.current(id) === undefined && !this.#byId.has(id)) this.add(record);
  }

  /**
   * A node's life is over, and another node knew its records further: these are the actors it hosted last. One that this node gave way to
   * stays: for the other node it may be one that was taken over, by the life that gave way.
   */
  inherit(life: string, records: readonly RegistryRecord[]): void {
    const left = new Map(records.map((record) => [record.spec.id, record]));
    // A record in state "moved" is the word of the sender; the dead node may never have recorded the arrival itself.
    for (const { spec, state } of this.of(life))
      if (state !== "moved" && !left.has(spec.id) && !this.#gaveWayTo(spec.id)) this.#byId.delete(spec.id);
    for (const [id, record] of left) {
      const known = this.#records.current(id) ?? this.#byId.get(id);
      if (known === undefined || known.epoch < record.epoch) this.add(record, life);
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
