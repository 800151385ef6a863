/*
 * Gathers the newest state that replicas keep of an actor which is to go on, from all nodes that have one.
 * Without it a restart after a crash would begin at `init` although a state survived.
 */
import {
  type ActorId,
  after,
  type ChildSpec,
  type Clock,
  gather,
  isLaterState,
  type NodeName,
  nodeOf,
  type PlaceId,
  type ReplicaState,
  TurnBatch,
} from "@process-hub/protocol";
import type { Membership } from "../membership/membership.js";
import type { Requests } from "../membership/requests.js";
import type { StandingReplicas } from "../placement/standing-replicas.js";
import type { Registry } from "../registry/registry.js";
import type { ThreadGroup } from "../threads/thread-group.js";

const askSize = 500;

type Answer = (state: ReplicaState | undefined) => void;

interface Wanted {
  readonly id: ActorId;
  readonly node: NodeName;
  /** The node has said that it keeps a replica. */
  readonly said: boolean;
  readonly answer: Answer;
}

/** Where replica states are kept, and how other nodes are asked. */
export interface ReplicaStatesPorts {
  readonly node: NodeName;
  readonly clock: Clock;
  /** True where passive replicas of a kind receive the state of their actor. */
  readonly standby: (actor: string) => boolean;
  /** How long a node may take to answer before it counts as having no state. */
  readonly patienceMs: number;
  readonly registry: { readonly replicaRecords: Pick<Registry["replicaRecords"], "of"> };
  readonly membership: Pick<Membership, "peer" | "peers">;
  readonly requests: Pick<Requests, "ask">;
  readonly standing: Pick<StandingReplicas, "placeOf">;
  readonly group: Pick<ThreadGroup, "control">;
}

/** The states that replicas keep of actors which are to go on: this node's replicas for others that ask, and other nodes' for this node. */
export class ReplicaStates {
  readonly #ports: ReplicaStatesPorts;
  readonly #wanted = new TurnBatch<Wanted>((wanted) => this.#askAll(wanted));

  constructor(ports: ReplicaStatesPorts) {
    this.#ports = ports;
  }

  /** The newest state that the threads of this node keep of each actor. */
  async kept(ids: readonly ActorId[]): Promise<ReplicaState[]> {
    const { standing, group } = this.#ports;
    const byPlace = new Map<PlaceId, ActorId[]>();
    for (const id of ids) {
      const place = standing.placeOf(id);
      if (place !== undefined) gather(byPlace, place, id);
    }
    const parts = [...byPlace].map(([place, some]) =>
      group
        .control(place)
        .standbys(some)
        .catch(() => []),
    );
    return (await Promise.all(parts)).flat();
  }

  /**
   * The newest state that other nodes keep of an actor that is to go on here; undefined at once when there are no others. Every member is
   * asked: one may have a state that it has not said it has. A node that said so is waited for as long as it is a member.
   */
  newest({ id, actor }: Pick<ChildSpec, "id" | "actor">): Promise<ReplicaState | undefined> | undefined {
    const { standby, registry, membership, node } = this.#ports;
    if (!standby(actor)) return undefined;
    const said = new Set(registry.replicaRecords.of(id).map(({ place }) => nodeOf(place)));
    const nodes = membership.peers.map((peer) => peer.node).filter((other) => other !== node);
    if (nodes.length === 0) return undefined;
    return Promise.all(nodes.map((other) => this.#askFor(id, other, said.has(other)))).then((states) =>
      states.reduce((best, state) => (best === undefined || (state !== undefined && isLaterState(state, best)) ? state : best)),
    );
  }

  #askFor(id: ActorId, node: NodeName, said: boolean): Promise<ReplicaState | undefined> {
    return new Promise((answer) => this.#wanted.add({ id, node, said, answer }));
  }

  /** Asks of one turn to one node travel together. */
  #askAll(all: readonly Wanted[]): void {
    const byNode = new Map<NodeName, Wanted[]>();
    for (const wanted of all) gather(byNode, wanted.node, wanted);
    for (const [node, wanted] of byNode) {
      for (let i = 0; i < wanted.length; i += askSize) void this.#ask(node, wanted.slice(i, i + askSize));
    }
  }

  /** A node that does not answer within `patienceMs` has no state, but of those actors that it said it keeps: of these it is asked again. */
  async #ask(node: NodeName, wanted: readonly Wanted[]): Promise<void> {
    const { requests, membership, clock, patienceMs } = this.#ports;
    const ids = [...new Set(wanted.map(({ id }) => id))];
    const states = await requests.ask(node, { type: "standbys", ids }, patienceMs).then(
      ({ states }) => states,
      () => undefined,
    );
    const again = states === undefined && membership.peer(node) !== undefined ? wanted.filter(({ said }) => said) : [];
    const found = new Map(states?.map((state) => [state.id, state]));
    for (const one of wanted) if (!again.includes(one)) one.answer(found.get(one.id));
    if (again.length === 0) return;
    await after(clock, patienceMs);
    for (const one of again) {
      if (membership.peer(node) === undefined) one.answer(undefined);
      else this.#wanted.add(one);
    }
  }
}
