import type { ActorId, NodeName, RegistryRecord } from "@process-hub/protocol";

/** What one node says of an actor. */
export interface Held {
  readonly author: NodeName;
  readonly record: RegistryRecord;
}

/** What the nodes say of actors: of each actor at most one record by each node. */
export class Records {
  readonly #byId = new Map<ActorId, Held[]>();

  /** How many actors are spoken of. */
  get size(): number {
    return this.#byId.size;
  }

  ids(): IterableIterator<ActorId> {
    return this.#byId.keys();
  }

  has(id: ActorId): boolean {
    return this.#byId.has(id);
  }

  /** All that is said of an actor. */
  of(id: ActorId): readonly Held[] {
    return this.#byId.get(id) ?? [];
  }

  /** What one node says of an actor. */
  by(author: NodeName, id: ActorId): RegistryRecord | undefined {
    return this.#byId.get(id)?.find((held) => held.author === author)?.record;
  }

  /** The record that counts for an actor: of the highest epoch, and of equal ones what its host says for itself. */
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

  /** Returns what the node said of the actor before. */
  put(author: NodeName, record: RegistryRecord): RegistryRecord | undefined {
    const { id } = record.spec;
    const held = this.#byId.get(id) ?? [];
    const index = held.findIndex((other) => other.author === author);
    const replaced = held[index]?.record;
    if (index === -1) held.push({ author, record });
    else held[index] = { author, record };
    this.#byId.set(id, held);
    return replaced;
  }

  /** Returns what the node said of the actor, and says no longer. */
  remove(author: NodeName, id: ActorId): RegistryRecord | undefined {
    const held = this.#byId.get(id) ?? [];
    const left = held.filter((other) => other.author !== author);
    if (left.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, left);
    return held.find((other) => other.author === author)?.record;
  }
}
