/*
 * Which nodes take actors, and where each actor belongs: its owner (where the ring wants it) and its registrar (who admits its id).
 * Without one view for both, two starters of one id could ask two nodes.
 */
import type { ActorId, NodeLoad, NodeName } from "@process-hub/protocol";
import {
  type ClusterView,
  clusterView,
  consistentHashing,
  type DistributionStrategy,
  type Placeable,
} from "@process-hub/strategies";
import type { Log } from "../events/hub-events.js";
import type { OwnCard } from "../membership/greeter.js";
import { GuardedPlacement } from "./guarded-placement.js";

/** What ownership is read from. */
export interface OwnershipPorts {
  readonly node: NodeName;
  readonly distribution: DistributionStrategy;
  readonly log: Log;
  /** All members, this node included, as they are now. */
  readonly cards: () => readonly OwnCard[];
  /** The latest loads of a node; absent when the distribution strategy does not use loads. */
  readonly loads: ((node: NodeName) => readonly NodeLoad[] | undefined) | undefined;
}

/** Which members take actors, and where each actor belongs, as of now. */
export class Ownership {
  /** The members that take actors, this node included. */
  view: ClusterView = clusterView([]);
  /** What the distribution strategy makes of the view. */
  placement: GuardedPlacement;
  /** Names a registrar for an id that the distribution cannot place by its id alone. */
  readonly #registrars = consistentHashing();
  readonly #ports: OwnershipPorts;

  constructor(ports: OwnershipPorts) {
    this.#ports = ports;
    this.placement = this.#place();
  }

  /**
   * The node that admits an id, and knows its actor. It depends on the id and the view alone; otherwise two starters of one id with
   * different options would ask two registrars. Undefined when there are no nodes.
   */
  registrarOf(id: ActorId): NodeName | undefined {
    const bare = { id, actor: "" };
    return this.placement.registrarOf(bare) ?? this.#registrars.place(this.view).owners(bare, 1)[0];
  }

  /** The registrar of an actor that is to start or restart; undefined when no node can run the actor. */
  registrarFor(child: Placeable): NodeName | undefined {
    return this.placement.owners(child, 1)[0] === undefined ? undefined : this.registrarOf(child.id);
  }

  /**
   * Where to run an actor that this node has admitted; undefined when no node can run it now. Where the registrar is also the host, the
   * answer is this node, even if the view has changed since it was asked.
   */
  hostFor(child: Placeable): NodeName | undefined {
    const { placement } = this;
    const host = placement.owners(child, 1)[0];
    const isRegistrar = host !== undefined && !placement.hasRegistrar && host === this.registrarOf(child.id);
    return isRegistrar ? this.#ports.node : host;
  }

  /** The nodes in order of preference between two duplicates, by the id alone; empty when the order of names decides. */
  orderOf(id: ActorId): readonly NodeName[] {
    // Where nodes may see different owners, names decide.
    return this.placement.hasRegistrar ? [] : this.placement.owners({ id, actor: "" }, this.view.nodes.length);
  }

  /** Takes the view and the placement as of now, loads included. True when the members that take actors, or their threads, have changed. */
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

/** Which members take actors, with their number of threads: the input of placements beside loads. */
function shapeOf({ nodes }: ClusterView): string {
  return nodes.map(({ node, incarnation, threads }) => `${node}@${incarnation}:${threads}`).join();
}
