/*
 * Which nodes take actors, and where each actor belongs: its owner (where the ring wants it) and its registrar (who admits its id).
 * Without one view for both, two starters of one id could ask two nodes.
 */
import {
  type ActorId,
  BoundedMap,
  type KindCard,
  type NodeLoad,
  type NodeName,
  nodeLife,
  nodeLifeOf,
  type PlaceId,
} from "@process-hub/protocol";
import { type ClusterView, clusterView, consistentHashing, type DistributionStrategy } from "@process-hub/strategies";
import type { Log } from "../events/hub-events.js";
import type { OwnCard } from "../membership/greeter.js";
import { KindPlacement, type Placed } from "./kind-placement.js";
import { NodeKinds } from "./node-kinds.js";

/** So many lives of nodes are remembered for their kinds, those that have ended included. */
const rememberedLives = 1_000;

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
  /** The members that take actors, this node included; those on probation only where there are no others. */
  view: ClusterView = clusterView([]);
  /** The view, and the newcomers: they run what no node of the view may. */
  #withNewcomers: ClusterView = this.view;
  /** What the distribution strategy makes of the view. */
  placement: KindPlacement;
  /** The kinds of actors that each member has. */
  kinds = new NodeKinds([]);
  /** The members that admit ids: those that take actors, or all that do not drain where none has any kind of actor. */
  #admitting: ClusterView = this.view;
  readonly #kindsOfLives = new BoundedMap<string, readonly KindCard[]>(rememberedLives);
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
    return this.placement.registrarOf(bare) ?? this.#registrars.place(this.#admitting).owners(bare, 1)[0];
  }

  /** The registrar of an actor that is to start or restart; undefined when no node can run the actor. */
  registrarFor(child: Placed): NodeName | undefined {
    return this.placement.owners(child, 1)[0] === undefined ? undefined : this.registrarOf(child.id);
  }

  /**
   * An actor that is to start again, with its kind as it was at its last place: its state is of that version. Where no member could take that state
   * none has it either, and the actor begins anew, in any version.
   */
  again<C extends Placed>(child: C, last: PlaceId): C {
    const from = this.#kindsOfLives.get(nodeLifeOf(last))?.find(({ name }) => name === child.actor);
    return from === undefined || !this.kinds.anyTakes(from) ? child : { ...child, from };
  }

  /**
   * Where to run an actor that this node has admitted; undefined when no node can run it now. Where the registrar is also the host, the
   * answer is this node, even if the view has changed since it was asked.
   */
  hostFor(child: Placed): NodeName | undefined {
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
    const members = cards();
    for (const { node, incarnation, kinds } of members) this.#kindsOfLives.set(nodeLife(node, incarnation), kinds);
    const staying = members.filter(({ draining }) => !draining);
    const viewOf = (some: readonly OwnCard[]): ClusterView =>
      clusterView(
        some.map(({ node, incarnation, places, joinedAtMs }) => {
          const said = loads?.(node);
          return { node, incarnation, threads: places.length, joinedAtMs, ...(said === undefined ? {} : { loads: said }) };
        }),
      );
    const able = staying.filter(({ kinds }) => kinds.length > 0);
    const steady = able.filter(({ probation }) => probation !== true);
    const all = viewOf(able);
    // Where none but newcomers take actors they need no probation.
    const view = steady.length === 0 || steady.length === able.length ? all : viewOf(steady);
    const changed = shapeOf(view) !== shapeOf(this.view) || shapeOf(all) !== shapeOf(this.#withNewcomers);
    // A member that takes no actors is not in the view: its kinds, and the ids it may admit, change without a change of the view.
    this.#admitting = view.nodes.length > 0 ? view : viewOf(staying);
    this.kinds = new NodeKinds(members);
    if (loads === undefined && !changed) return false;
    this.view = view;
    this.#withNewcomers = all;
    this.placement = this.#place();
    return changed;
  }

  #place(): KindPlacement {
    const { distribution, log } = this.#ports;
    const { view, kinds } = this;
    const all = this.#withNewcomers;
    const rest = all === view ? undefined : new KindPlacement(distribution, all, kinds, log);
    return new KindPlacement(distribution, view, kinds, log, rest);
  }
}

/** Which members take actors, with their number of threads: the input of placements beside loads. */
function shapeOf({ nodes }: ClusterView): string {
  return nodes.map(({ node, incarnation, threads }) => `${node}@${incarnation}:${threads}`).join();
}
