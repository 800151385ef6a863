/*
 * Holds at most one record per actor and author, and says which of them counts.
 * Without it each reader of the registry would settle contradicting records in a way of its own.
 */
import type { ActorId, NodeName, RegistryRecord } from "@process-hub/protocol";
import { type Left, LeftBehind } from "./left-behind.js";
import { RecordIndex } from "./record-index.js";

/** A record and the node that published it. */ export interface Held {
  readonly author: NodeName;
  readonly record: RegistryRecord;
}

/**
 * The records of all nodes: of each actor at most one by each node. What an author that is gone has left behind counts no more from that
 * instant on, and is taken out actor by actor.
 */
export class Records {
  readonly #byId = new Map<ActorId, Held[]>();
  /** What authors that are gone had, as far as it has not been taken out yet. */
  readonly left = new LeftBehind();
  /** The actors by what is told of them. */
  readonly index = new RecordIndex(this);
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
    return this.of(id).length > 0;
  }

  /** All records of an actor. */
  of(id: ActorId): readonly Held[] {
    const held = this.#byId.get(id) ?? [];
    return this.left.isEmpty ? held : held.filter(({ author, record }) => !this.left.has(author, record));
  }

  /** One node's record of an actor. */ by(author: NodeName, id: ActorId): RegistryRecord | undefined {
    return this.#byId.get(id)?.find((held) => held.author === author)?.record;
  }

  /** The record that counts for an actor: the one of the highest epoch; between equal epochs, the one that the host published itself. */
  current(id: ActorId): RegistryRecord | undefined {
    return latest(this.left.isEmpty ? this.#byId.get(id) : this.of(id));
  }

  /** The record that counted for an actor before any author was gone whose records are still here. */
  currentBefore(id: ActorId): RegistryRecord | undefined {
    return latest(this.#byId.get(id));
  }

  /** Takes out what authors that are gone have left of an actor, and returns it. */
  takeLeft(id: ActorId): readonly Left[] {
    const left = this.left.take(id);
    for (const { author } of left) this.remove(author, id);
    return left;
  }

  /** Sets a node's record of an actor. Returns the record that it replaced. */
  put(author: NodeName, record: RegistryRecord): RegistryRecord | undefined {
    const { id } = record.spec;
    const held = this.#byId.get(id);
    let replaced: RegistryRecord | undefined;
    // A list of one, as it is made here, takes room for one; one that has grown, for seventeen.
    if (held === undefined) this.#byId.set(id, [{ author, record }]);
    else {
      const index = held.findIndex((other) => other.author === author);
      replaced = held[index]?.record;
      if (index === -1) this.#byId.set(id, [...held, { author, record }]);
      else held[index] = { author, record };
    }
    if (record.state === "moved") this.#moved.add(id);
    else if (replaced?.state === "moved") this.#look(id, this.#byId.get(id) ?? []);
    this.index.touch(id);
    return replaced;
  }

  /** Removes a node's record of an actor, and returns it. */
  remove(author: NodeName, id: ActorId): RegistryRecord | undefined {
    const held = this.#byId.get(id) ?? [];
    const [only] = held;
    if (held.length === 1 && only?.author === author) {
      this.#byId.delete(id);
      this.#moved.delete(id);
      this.index.touch(id);
      return only.record;
    }
    const left = held.filter((other) => other.author !== author);
    if (left.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, left);
    const removed = held.find((other) => other.author === author)?.record;
    if (removed?.state === "moved") this.#look(id, left);
    this.index.touch(id);
    return removed;
  }

  #look(id: ActorId, held: readonly Held[]): void {
    if (!held.some(({ record }) => record.state === "moved")) this.#moved.delete(id);
  }
}

function latest(held: readonly Held[] | undefined): RegistryRecord | undefined {
  let best = held?.[0]?.record;
  for (let i = 1; held !== undefined && i < held.length; i++) {
    const other = held[i]?.record;
    if (other === undefined || best === undefined) continue;
    if (other.epoch > best.epoch || (other.epoch === best.epoch && best.state === "moved")) best = other;
  }
  return best;
}
