/*
 * Which nodes take actors, and where each actor belongs by the distribution strategy: owner (where the ring wants it) and registrar (who admits its id).
 * Without one view for both, two starters of one id could ask two nodes.
 */
import type { ActorId, NodeCard, NodeLoad, NodeName } from "@process-hub/protocol";
import {
  type ClusterView,
  clusterView,
  consistentHashing,
  type DistributionStrategy,
  type Placeable,
} from "@process-hub/strategies";
import type { Log } from "../events/hub-events.js";
import { GuardedPlacement } from "./guarded-placement.js";

/** What ownership is read from. */
export interface OwnershipPorts {
  readonly node: NodeName;
  readonly distribution: DistributionStrategy;
  readonly log: Log;
  /** All members, this node included, as they are now. */
  readonly cards: () => readonly NodeCard[];
  /** What a node said lately of its load; absent: the distribution strategy asks for none. */
  readonly loads: ((node: NodeName) => readonly NodeLoad[] | undefined) | undefined;
}

/** Who takes actors, and which of them each actor belongs to, as of now. */
export class Ownership {
  /** The members that take actors, this node included. */
  view: ClusterView = clusterView([]);
  /** What the distribution strategy makes of the view. */
  placement: GuardedPlacement;
  /** Names a registrar where the distribution has no place for an id of which it knows no more. */
  readonly #registrars = consistentHashing();
  readonly #ports: OwnershipPorts;

  constructor(ports: OwnershipPorts) {
    this.#ports = ports;
    this.placement = this.#place();
  }

  /**
   * The node that decides whether an id is free, and would know its actor: by the id and the view alone, or two who start one id in two
   * ways would ask two registrars. Undefined when there are no nodes.
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
    return isRegistrar ? this.#ports.node : host;
  }

  /** The nodes in the order in which they come first where nothing else decides between two: by the id alone; empty: by their names. */
  orderOf(id: ActorId): readonly NodeName[] {
    // Where nodes may see different owners, names decide.
    return this.placement.hasRegistrar ? [] : this.placement.owners({ id, actor: "" }, this.view.nodes.length);
  }

  /** Takes the view and the placement as of now, loads included. True when the members that take actors, or their threads, are others than before. */
  look(): boolean {
    const { cards, loads } = this.#ports;
    const members = cards().filter(({ draining }) => !draining);
    const view = clusterView(
      members.map(({ node, incarnation, places, joinedAtMs }) => {
        const said = loads?.(node);
        return { node, incarnation, threads: places.length, joinedAtMs, ...(said === undefined ? {} : { loads: said }) };
      }),
    );
    const changed = shapeOf(view) !== shapeOf(this.view);
    if (loads === undefined && !changed) return false;
    this.view = view;
    this.placement = this.#place();
    return changed;
  }

  #place(): GuardedPlacement {
    const { distribution, log } = this.#ports;
    return new GuardedPlacement(distribution, this.view, log);
  }
}

/** Who takes actors, and on how many threads: what placements rest on beside loads. */
function shapeOf({ nodes }: ClusterView): string {
  return nodes.map(({ node, incarnation, threads }) => `${node}@${incarnation}:${threads}`).join();
}
