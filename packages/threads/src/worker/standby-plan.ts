import type { ChildSpec, NodeName, ThreadSettings, ToThreadFrame } from "@process-hub/protocol";

/** How many standbys an actor is to have at most, and on which nodes; of these, some cannot keep the states of some kinds of actors. */
type Plan = Omit<Extract<ToThreadFrame, { type: "standbyPlan" }>, "type">;

/** The ports of a standby plan. */
interface StandbyPlanPorts {
  /** How many standbys are waited for, by the terms of a kind. */
  readonly acknowledge: (actor: string) => ThreadSettings["acknowledge"];
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
  #known:
    | {
        readonly most: number;
        readonly nodes: ReadonlyMap<NodeName, readonly string[]>;
        readonly mostOf: ReadonlyMap<string, number>;
      }
    | undefined;

  constructor(ports: StandbyPlanPorts) {
    this.#ports = ports;
  }

  /** The nodes as they are now. */
  set({ most, nodes, unfit, kinds: own = [] }: Plan): void {
    const kinds = new Map(unfit.map((one) => [one.node, one.kinds]));
    this.#known = {
      most,
      nodes: new Map(nodes.map((node) => [node, kinds.get(node) ?? []])),
      mostOf: new Map(own.map((kind) => [kind.actor, kind.most])),
    };
  }

  /** How many there are to be of an actor: of one that may run on a few nodes only, no more than there are of these. */
  countFor({ nodes: own, actor }: Pick<ChildSpec, "nodes" | "actor">): number {
    if (this.#known === undefined) return 1;
    const { most, nodes, mostOf } = this.#known;
    const may = own === undefined ? [...nodes.keys()] : [...new Set(own)];
    const others = may.filter((node) => nodes.get(node)?.includes(actor) === false).length;
    return Math.min(mostOf.get(actor) ?? most, others);
  }

  /**
   * How many of them must have a state before it is safe. Where there can be none, none is waited for; but not on the word of a node that may
   * not serve: it may know of no others because it is cut off from them.
   */
  neededFor(spec: Pick<ChildSpec, "nodes" | "actor">): number {
    const count = this.countFor(spec);
    if (count === 0) return this.#ports.isFenced() ? 1 : 0;
    return this.#ports.acknowledge(spec.actor) === "majority" ? Math.floor(count / 2) + 1 : 1;
  }
}
