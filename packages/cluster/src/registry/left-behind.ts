/*
 * What authors that are gone had published, until it has been taken out of the registry a slice at a time.
 * Without it the records of a dead node would go on to count until the last of them is taken out.
 */
import type { ActorId, NodeName, RegistryRecord } from "@process-hub/protocol";

/** A record that was left behind; `life`: of the node whose record it was. */
export interface Left {
  readonly author: NodeName;
  readonly life: string;
  readonly record: RegistryRecord;
}

interface Gone {
  readonly author: NodeName;
  readonly life: string;
  readonly records: Map<ActorId, RegistryRecord>;
}

/** The records of authors that are gone. Several lives of one name may be among these. */
export class LeftBehind {
  readonly #gone = new Set<Gone>();

  get isEmpty(): boolean {
    return this.#gone.size === 0;
  }

  /** The author is gone, and these were all its records: this object takes from them. */
  add(author: NodeName, life: string, records: Map<ActorId, RegistryRecord>): void {
    if (records.size > 0) this.#gone.add({ author, life, records });
  }

  /** True for a record that a life of its author has left behind. */
  has(author: NodeName, record: RegistryRecord): boolean {
    for (const gone of this.#gone) if (gone.author === author && gone.records.get(record.spec.id) === record) return true;
    return false;
  }

  /** What is left of an actor. */
  of(id: ActorId): Left[] {
    const left: Left[] = [];
    for (const { author, life, records } of this.#gone) {
      const record = records.get(id);
      if (record !== undefined) left.push({ author, life, record });
    }
    return left;
  }

  /** Forgets an actor, and returns what was left of it. */
  take(id: ActorId): Left[] {
    const left = this.of(id);
    for (const gone of this.#gone) if (gone.records.delete(id) && gone.records.size === 0) this.#gone.delete(gone);
    return left;
  }

  /** The actors of which a life of a node has left something; absent: any. */
  *ids(of?: string): Generator<ActorId> {
    for (const { life, records } of this.#gone) if (of === undefined || life === of) yield* records.keys();
  }
}
