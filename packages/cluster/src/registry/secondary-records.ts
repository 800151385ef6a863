import type { ActorId, NodeName, Secondary } from "@process-hub/protocol";

/**
 * The copies that stand beside actors, by actor and by the node that keeps them, which alone speaks for its own. They are kept apart from
 * the records of who runs an actor: a copy is nobody's rival, is never an orphan, and settles no move.
 */
export class SecondaryRecords {
  readonly #byId = new Map<ActorId, Map<NodeName, Secondary>>();

  /** An actor's copies, in the order of their nodes' names. */
  of(id: ActorId): Secondary[] {
    const held = this.#byId.get(id);
    if (held === undefined) return [];
    return [...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, secondary]) => secondary);
  }

  /** An actor's copy on a node. */
  at(author: NodeName, id: ActorId): Secondary | undefined {
    return this.#byId.get(id)?.get(author);
  }

  /** All that one node says. */
  by(author: NodeName): Secondary[] {
    return [...this.#byId.values()].flatMap((held) => held.get(author) ?? []);
  }

  stand(author: NodeName, secondary: Secondary): void {
    const held = this.#byId.get(secondary.id) ?? new Map<NodeName, Secondary>();
    this.#byId.set(secondary.id, held.set(author, secondary));
  }

  /** What a node said of a copy, which it says no longer; undefined when it did not. */
  unstand(author: NodeName, id: ActorId): Secondary | undefined {
    const held = this.#byId.get(id);
    const secondary = held?.get(author);
    held?.delete(author);
    if (held?.size === 0) this.#byId.delete(id);
    return secondary;
  }
}
