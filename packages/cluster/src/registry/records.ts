/*
 * Holds at most one record per actor and author, and says which of them counts.
 * Without it each reader of the registry would settle contradicting records in a way of its own.
 */
import type { ActorId, NodeName, RegistryRecord } from "@process-hub/protocol";

/** A record and the node that published it. */ export interface Held {
  readonly author: NodeName;
  readonly record: RegistryRecord;
}

/** The records of all nodes: of each actor at most one by each node. */
export class Records {
  readonly #byId = new Map<ActorId, Held[]>();
  /** The actors of which some record says that they moved away. */
  readonly #moved = new Set<ActorId>();

  /** How many actors have a record. */
  get size(): number {
    return this.#byId.size;
  }

  ids(): IterableIterator<ActorId> {
    return this.#byId.keys();
  }

  /** The ids of which some record says that the actor moved away. */
  moved(): IterableIterator<ActorId> {
    return this.#moved.keys();
  }

  has(id: ActorId): boolean {
    return this.#byId.has(id);
  }

  /** All records of an actor. */
  of(id: ActorId): readonly Held[] {
    return this.#byId.get(id) ?? [];
  }

  /** One node's record of an actor. */ by(author: NodeName, id: ActorId): RegistryRecord | undefined {
    return this.#byId.get(id)?.find((held) => held.author === author)?.record;
  }

  /** The record that counts for an actor: the one of the highest epoch; between equal epochs, the one that the host published itself. */
  current(id: ActorId): RegistryRecord | undefined {
    const held = this.#byId.get(id);
    let best = held?.[0]?.record;
    for (let i = 1; held !== undefined && i < held.length; i++) {
      const other = held[i]?.record;
      if (other === undefined || best === undefined) continue;
      if (other.epoch > best.epoch || (other.epoch === best.epoch && best.state === "moved")) best = other;
    }
    return best;
  }

  /** Sets a node's record of an actor. Returns the record that it replaced. */
  put(author: NodeName, record: RegistryRecord): RegistryRecord | undefined {
    const { id } = record.spec;
    const held = this.#byId.get(id) ?? [];
    const index = held.findIndex((other) => other.author === author);
    const replaced = held[index]?.record;
    if (index === -1) held.push({ author, record });
    else held[index] = { author, record };
    this.#byId.set(id, held);
    if (record.state === "moved") this.#moved.add(id);
    else if (replaced?.state === "moved") this.#look(id, held);
    return replaced;
  }

  /** Removes a node's record of an actor, and returns it. */
  remove(author: NodeName, id: ActorId): RegistryRecord | undefined {
    const held = this.#byId.get(id) ?? [];
    const [only] = held;
    if (held.length === 1 && only?.author === author) {
      this.#byId.delete(id);
      this.#moved.delete(id);
      return only.record;
    }
    const left = held.filter((other) => other.author !== author);
    if (left.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, left);
    const removed = held.find((other) => other.author === author)?.record;
    if (removed?.state === "moved") this.#look(id, left);
    return removed;
  }

  #look(id: ActorId, held: readonly Held[]): void {
    if (!held.some(({ record }) => record.state === "moved")) this.#moved.delete(id);
  }
}
