import type { ActorId, NodeName } from "@process-hub/protocol";
import { type ClusterView, clusterView, consistentHashing, type Placeable } from "@process-hub/strategies";
import type { Coordinator } from "../node/coordinator.js";
import { GuardedPlacement } from "./guarded-placement.js";

/** Who takes actors, and which of them each actor belongs to, as of now. */
export class Ownership {
  /** The members that take actors, this node included. */
  view: ClusterView = clusterView([]);
  /** What the distribution strategy makes of the view. */
  placement: GuardedPlacement;
  /** Names a judge where the distribution has no place for an id of which it knows no more. */
  readonly #registrars = consistentHashing();
  readonly #coordinator: Coordinator;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
    this.placement = this.#place();
  }

  /**
   * The node that decides whether an id is free, and would know its actor: by the id and the view alone, or two who start one id in two
   * ways would ask two judges. Undefined when there are no nodes.
   */
  registrarOf(id: ActorId): NodeName | undefined {
    const bare = { id, actor: "" };
    return this.placement.registrarOf(bare) ?? this.#registrars.place(this.view).owners(bare, 1)[0];
  }

  /** Who decides about an actor that starts now, or again; undefined when nobody can run it. */
  registrarFor(child: Placeable): NodeName | undefined {
    return this.placement.owners(child, 1)[0] === undefined ? undefined : this.registrarOf(child.id);
  }

  /**
   * Where an actor runs that this node has decided about; undefined: nowhere now. Where who decides is who runs it, that is this node,
   * though the view may have changed since it was asked.
   */
  hostFor(child: Placeable): NodeName | undefined {
    const { placement } = this;
    const host = placement.owners(child, 1)[0];
    const isRegistrar = host !== undefined && !placement.hasRegistrar && host === this.registrarOf(child.id);
    return isRegistrar ? this.#coordinator.node : host;
  }

  /** The nodes in the order in which they come first where nothing else decides between two: by the id alone; empty: by their names. */
  orderOf(id: ActorId): readonly NodeName[] {
    // Where nodes may see different owners, names decide.
    return this.placement.hasRegistrar ? [] : this.placement.owners({ id, actor: "" }, this.view.nodes.length);
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
