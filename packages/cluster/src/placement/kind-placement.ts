/*
 * Asks the distribution strategy where an actor belongs, among the nodes that can run it.
 * Without it each strategy, those of users included, would have to know which node has which kinds of actors.
 */
import type { KindCard, NodeName, StartFailed } from "@process-hub/protocol";
import { type ClusterView, clusterView, type DistributionStrategy, type Placeable } from "@process-hub/strategies";
import type { Log } from "../events/hub-events.js";
import { GuardedPlacement } from "./guarded-placement.js";
import type { NodeKinds } from "./node-kinds.js";

/** An actor that needs a place. */
export type Placed = Placeable & {
  /** Its kind as it was where it ran last, if that is known and its host does not say so. */
  readonly from?: KindCard | undefined;
  /** It belongs to the one node that `nodes` names, whatever the strategy says. */
  readonly bound?: true | undefined;
};

/** Where actors belong in one view: for each the strategy is asked about the nodes that have its kind, in a version that takes its state. */
export class KindPlacement {
  readonly #strategy: DistributionStrategy;
  readonly #view: ClusterView;
  readonly #kinds: NodeKinds;
  readonly #log: Log;
  readonly #rest: KindPlacement | undefined;
  /** For all nodes of the view: the same for every actor, whatever its kind. */
  readonly #whole: GuardedPlacement;
  readonly #byNodes = new Map<string, GuardedPlacement>();
  /** By kind, where the nodes that have it have it in one version. */
  readonly #byKind = new Map<string, GuardedPlacement | "by version">();
  readonly #byVersion = new Map<string, GuardedPlacement>();

  /** `rest`: where actors belong that no node of the view may run. */
  constructor(strategy: DistributionStrategy, view: ClusterView, kinds: NodeKinds, log: Log, rest?: KindPlacement) {
    this.#strategy = strategy;
    this.#view = view;
    this.#kinds = kinds;
    this.#log = log;
    this.#rest = rest;
    this.#whole = new GuardedPlacement(strategy, view, log);
  }

  /** True when the strategy names a registrar of its own, which may differ from the first owner. */
  get hasRegistrar(): boolean {
    return this.#whole.hasRegistrar;
  }

  /** At most `count` nodes that can run it, the owner first; none when the strategy fails. */
  owners(child: Placed, count: number): readonly NodeName[] {
    if (child.bound === true) return this.#home(child);
    const owners = this.#for(child).owners(child, count);
    return owners.length > 0 || this.#rest === undefined ? owners : this.#rest.owners(child, count);
  }

  /** The node that admits an id; undefined when no node can, or the strategy fails. It depends on the id alone, and on no kind. */
  registrarOf(child: Placeable): NodeName | undefined {
    return this.#whole.registrarOf(child);
  }

  /** Why the strategy names no node for an actor; undefined when it did not fail. The strategy is asked again for this. */
  failureOf(child: Placed): StartFailed | undefined {
    return this.#for(child).failureOf(child);
  }

  /** The node of an actor that belongs to one. */
  #home({ actor, nodes: [home] = [] }: Placed): readonly NodeName[] {
    const isHere = home !== undefined && this.#view.nodes.some(({ node }) => node === home);
    if (isHere && this.#kinds.of(home, actor) !== undefined) return [home];
    return this.#rest?.owners({ id: "", actor, nodes: home === undefined ? [] : [home], bound: true }, 1) ?? [];
  }

  #for({ actor, host, from }: Placed): GuardedPlacement {
    // The id alone.
    if (actor === "") return this.#whole;
    let known = this.#byKind.get(actor);
    if (known === undefined) {
      known = this.#kinds.isOneVersion(actor, undefined) ? this.#among(actor, undefined) : "by version";
      this.#byKind.set(actor, known);
    }
    const last = from ?? (known === "by version" && host !== undefined ? this.#kinds.of(host, actor) : undefined);
    if (known !== "by version" && (last === undefined || this.#kinds.isOneVersion(actor, last.version))) return known;
    const key = JSON.stringify([actor, last?.version, last?.downgradesTo]);
    const versioned = this.#byVersion.get(key) ?? this.#among(actor, last);
    this.#byVersion.set(key, versioned);
    return versioned;
  }

  #among(actor: string, from: KindCard | undefined): GuardedPlacement {
    const { nodes } = this.#view;
    const fit = new Set(
      this.#kinds.fit(
        nodes.map(({ node }) => node),
        actor,
        from,
      ),
    );
    if (fit.size === nodes.length) return this.#whole;
    const some = nodes.filter(({ node }) => fit.has(node));
    const key = JSON.stringify(some.map(({ node }) => node));
    const placement = this.#byNodes.get(key) ?? new GuardedPlacement(this.#strategy, clusterView(some), this.#log);
    this.#byNodes.set(key, placement);
    return placement;
  }
}
