/*
 * Which kinds of actors each node has, in which versions, and where an actor's state may therefore go.
 * Without it an actor would be placed on a node that does not know its kind, or that cannot read its state.
 */
import type { KindCard, NodeName } from "@process-hub/protocol";

/** The kinds of a node, by name. */
export type Kinds = ReadonlyMap<string, KindCard>;

/** A node's kinds, as its card lists them. */
export interface KindsOfNode {
  readonly node: NodeName;
  readonly kinds: readonly KindCard[];
}

/** The kinds of all members, those that take no actors just now included. */
export class NodeKinds {
  readonly #byNode: ReadonlyMap<NodeName, Kinds>;

  constructor(cards: readonly KindsOfNode[]) {
    this.#byNode = new Map(cards.map(({ node, kinds }) => [node, new Map(kinds.map((kind) => [kind.name, kind]))]));
  }

  /** All members, sorted. */
  get nodes(): NodeName[] {
    return [...this.#byNode.keys()].sort();
  }

  /** A kind of actor as a node has it; undefined when it does not. */
  of(node: NodeName, actor: string): KindCard | undefined {
    return this.#byNode.get(node)?.get(actor);
  }

  /** The names of a node's kinds. */
  namesOf(node: NodeName): string[] {
    return [...(this.#byNode.get(node)?.keys() ?? [])];
  }

  /** True when all nodes that have a kind have it in one version, and that is the given one, if one is. */
  isOneVersion(actor: string, version: number | undefined): boolean {
    let one = version;
    for (const kinds of this.#byNode.values()) {
      const other = kinds.get(actor)?.version;
      if (other === undefined) continue;
      one ??= other;
      if (one !== other) return false;
    }
    return true;
  }

  /**
   * Those of the nodes that may run an actor of a kind. `from`: the kind as it was where it ran last. It goes to nodes of that version, or of
   * a newer one that upgrades it, and never back, unless there are none of these: then to the newest of those that it goes down to.
   */
  fit(nodes: readonly NodeName[], actor: string, from: KindCard | undefined): NodeName[] {
    const having = nodes.filter((node) => this.of(node, actor) !== undefined);
    if (from === undefined) return having;
    const version = (node: NodeName): number => this.of(node, actor)?.version ?? 0;
    const able = having.filter((node) => canTake(this.of(node, actor), from));
    const upward = able.filter((node) => version(node) >= from.version);
    if (upward.length > 0) return upward;
    const newest = Math.max(0, ...able.map(version));
    return able.filter((node) => version(node) === newest);
  }

  /** True when a member, one that takes no actors included, could take the state of an actor of this kind. */
  anyTakes(from: KindCard): boolean {
    return this.nodes.some((node) => canTake(this.of(node, from.name), from));
  }

  /** The kinds of one node whose states another one cannot keep as they are: it does not have them, or in an older version. */
  unfitOn(node: NodeName, own: NodeName): string[] {
    return [...(this.#byNode.get(own)?.values() ?? [])]
      .filter((kind) => {
        const there = this.of(node, kind.name);
        return there === undefined || there.version < kind.version || !canTake(there, kind);
      })
      .map(({ name }) => name);
  }

  /** The kinds that one node has in an older version than another, with that version. */
  olderOn(node: NodeName, own: NodeName): [string, number][] {
    return [...(this.#byNode.get(own)?.values() ?? [])].flatMap(({ name, version }): [string, number][] => {
      const there = this.of(node, name);
      return there !== undefined && there.version < version ? [[name, there.version]] : [];
    });
  }
}

/** True when a node with one version of a kind can take the state of another one's: it upgrades it, or that one goes down to it. */
function canTake(there: KindCard | undefined, from: KindCard): boolean {
  if (there === undefined) return false;
  return there.version >= from.version ? there.upgradesFrom <= from.version : from.downgradesTo <= there.version;
}
