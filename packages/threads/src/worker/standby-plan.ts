import type { ChildSpec, NodeName, ThreadSettings } from "@process-hub/protocol";

/** The ports of a standby plan. */
interface StandbyPlanPorts {
  readonly acknowledge: ThreadSettings["acknowledge"];
  /** True while this node may not serve. */
  readonly isFenced: () => boolean;
}

/**
 * How many standbys an actor of this thread is to have, and how many of them must have its state before that is safe.
 * Without it an actor would wait for standbys on nodes that are gone, or answer as if there could be none while it is cut off from them.
 */
export class StandbyPlan {
  readonly #ports: StandbyPlanPorts;
  /** Undefined: it is not known yet, and one is waited for. */
  #known: { readonly most: number; readonly nodes: ReadonlySet<NodeName> } | undefined;

  constructor(ports: StandbyPlanPorts) {
    this.#ports = ports;
  }

  /** So many at most, on these nodes, as they are now. */
  set(most: number, nodes: readonly NodeName[]): void {
    this.#known = { most, nodes: new Set(nodes) };
  }

  /** How many there are to be of an actor: of one that may run on a few nodes only, no more than there are of these. */
  countFor({ nodes: own }: Pick<ChildSpec, "nodes">): number {
    if (this.#known === undefined) return 1;
    const { most, nodes } = this.#known;
    const others = own === undefined ? nodes.size : [...new Set(own)].filter((node) => nodes.has(node)).length;
    return Math.min(most, others);
  }

  /**
   * How many of them must have a state before it is safe. Where there can be none, none is waited for; but not on the word of a node that may
   * not serve: it may know of no others because it is cut off from them.
   */
  neededFor(spec: Pick<ChildSpec, "nodes">): number {
    const count = this.countFor(spec);
    if (count === 0) return this.#ports.isFenced() ? 1 : 0;
    return this.#ports.acknowledge === "majority" ? Math.floor(count / 2) + 1 : 1;
  }
}
