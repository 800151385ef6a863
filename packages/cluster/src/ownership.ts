import type { NodeName } from "@process-hub/protocol";
import { type ClusterView, clusterView, type Placeable } from "@process-hub/strategies";
import type { Coordinator } from "./coordinator.js";
import { GuardedPlacement } from "./guarded-placement.js";

/** Who takes actors, and which of them each actor belongs to, as of now. */
export class Ownership {
  /** The members that take actors, this node included. */
  view: ClusterView = clusterView([]);
  /** What the distribution strategy makes of the view. */
  placement: GuardedPlacement;
  readonly #coordinator: Coordinator;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
    this.placement = this.#place();
  }

  /** The node that decides whether an id is free, and would know its actor; undefined when nobody can run it now. */
  arbiterOf(child: Placeable): NodeName | undefined {
    return this.placement.arbiterOf(child);
  }

  /** Members or their threads changed: what follows from that is set going. */
  viewChanged(): void {
    const { membership, sync, recovery, replicas, redistribution } = this.#coordinator;
    const past = this.view;
    this.look();
    if (shapeOf(past) === shapeOf(this.view)) return;
    const gone = past.nodes.filter(({ node }) => !this.view.nodes.some((other) => other.node === node));
    if (gone.some(({ node }) => membership.peer(node) !== undefined)) sync.compare();
    recovery.adoptOrphans();
    replicas.viewChanged();
    if (this.#coordinator.state === "up") redistribution.soon();
  }

  /** Takes the view and the placement as of now, loads included. */
  look(): void {
    const { card, membership, loads } = this.#coordinator;
    const members = [card, ...membership.peers].filter(({ draining }) => !draining);
    const view = clusterView(
      members.map(({ node, incarnation, places, joinedAtMs }) => {
        const said = loads?.of(node);
        return { node, incarnation, threads: places.length, joinedAtMs, ...(said === undefined ? {} : { loads: said }) };
      }),
    );
    if (loads === undefined && shapeOf(view) === shapeOf(this.view)) return;
    this.view = view;
    this.placement = this.#place();
  }

  #place(): GuardedPlacement {
    const { settings, log } = this.#coordinator;
    return new GuardedPlacement(settings.distribution, this.view, log);
  }
}

/** Who takes actors, and on how many threads: what placements rest on beside loads. */
function shapeOf({ nodes }: ClusterView): string {
  return nodes.map(({ node, incarnation, threads }) => `${node}@${incarnation}:${threads}`).join();
}
