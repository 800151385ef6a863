import { type ActorId, type Epoch, nodeLifeOf, type RegistryRecord } from "@process-hub/protocol";
import type { Records } from "./records.js";

/** What dead nodes hosted and nobody has taken over yet. */
export class Orphans {
  readonly #byId = new Map<ActorId, RegistryRecord>();
  readonly #records: Records;
  readonly #isOver: (record: RegistryRecord) => boolean;

  /** `isOver`: true when the actor of a record has ended since. */
  constructor(records: Records, isOver: (record: RegistryRecord) => boolean) {
    this.#records = records;
    this.#isOver = isOver;
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

  /** Those that were last at a node's life. */
  of(life: string): RegistryRecord[] {
    return [...this.#byId.values()].filter(({ place }) => nodeLifeOf(place) === life);
  }

  /** Its host is gone. One that has ended is none. */
  add(record: RegistryRecord): void {
    if (!this.#isOver(record)) this.#byId.set(record.spec.id, record);
  }

  /** An actor died with its node before this node was a member: others told of it. */
  told(record: RegistryRecord): void {
    const { id } = record.spec;
    if (this.#records.current(id) === undefined && !this.#byId.has(id)) this.add(record);
  }

  /** A node's life is over, and others knew it further: this is what it hosted last. */
  inherit(life: string, records: readonly RegistryRecord[]): void {
    const left = new Map(records.map((record) => [record.spec.id, record]));
    // What others handed over to it is their word, and it may have died before its own.
    for (const { spec, state } of this.of(life)) if (state !== "moved" && !left.has(spec.id)) this.#byId.delete(spec.id);
    for (const [id, record] of left) {
      const known = this.#records.current(id) ?? this.#byId.get(id);
      if (known === undefined || known.epoch < record.epoch) this.add(record);
    }
  }

  /** Actors handed over to a node that went down before it spoke for them are orphans too. */
  addMoved(isLost: (record: RegistryRecord) => boolean): void {
    for (const id of this.#records.ids()) {
      const record = this.#records.current(id);
      if (record?.state === "moved" && isLost(record)) this.add(record);
    }
  }

  /** A node speaks for the actor. One that is down has a node again that does: that node's word decides what becomes of it. */
  spokenFor({ spec: { id }, state, epoch }: RegistryRecord): void {
    const orphan = this.#byId.get(id);
    if (orphan !== undefined && state !== "moved" && epoch >= orphan.epoch) this.#byId.delete(id);
  }

  /** The actor has ended under an epoch. True when it was waited for until now. */
  ended(id: ActorId, epoch: Epoch): boolean {
    const orphan = this.#byId.get(id);
    return orphan !== undefined && orphan.epoch <= epoch && this.#byId.delete(id);
  }

  /** The actor has ended at some instant. True when it was waited for until now. */
  buried(id: ActorId): boolean {
    const orphan = this.#byId.get(id);
    return orphan !== undefined && this.#isOver(orphan) && this.#byId.delete(id);
  }

  /** Forgets it. False when it was none. */
  remove(id: ActorId): boolean {
    return this.#byId.delete(id);
  }
}
