/*
 * Gathers the newest state that replicas keep of an actor which is to go on, from all nodes that have one.
 * Without it a restart after a crash would begin at `init` although a state survived.
 */
import {
  type ActorId,
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
  readonly answer: Answer;
}

/** Where replica states are kept, and how other nodes are asked. */
export interface ReplicaStatesPorts {
  readonly node: NodeName;
  /** True where passive replicas receive the state of their actor. */
  readonly standby: boolean;
  /** How long a node may take to answer before it counts as having no state. */
  readonly patienceMs: number;
  readonly registry: { readonly replicaRecords: Pick<Registry["replicaRecords"], "of"> };
  readonly membership: Pick<Membership, "peer">;
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

  /** The newest state that other nodes keep of an actor that is to go on here; undefined at once when none does. */
  newest(id: ActorId): Promise<ReplicaState | undefined> | undefined {
    const { standby, registry, membership, node } = this.#ports;
    if (!standby) return undefined;
    const nodes = registry.replicaRecords
      .of(id)
      .map(({ place }) => nodeOf(place))
      .filter((other) => other !== node && membership.peer(other) !== undefined);
    if (nodes.length === 0) return undefined;
    return Promise.all(nodes.map((other) => this.#askFor(id, other))).then((states) =>
      states.reduce((best, state) => (best === undefined || (state !== undefined && isLaterState(state, best)) ? state : best)),
    );
  }

  #askFor(id: ActorId, node: NodeName): Promise<ReplicaState | undefined> {
    return new Promise((answer) => this.#wanted.add({ id, node, answer }));
  }

  /** Asks of one turn to one node travel together. */
  #askAll(all: readonly Wanted[]): void {
    const byNode = new Map<NodeName, Map<ActorId, Answer>>();
    for (const { id, node, answer } of all) {
      const wanted = byNode.get(node) ?? new Map<ActorId, Answer>();
      byNode.set(node, wanted.set(id, answer));
    }
    for (const [node, wanted] of byNode) {
      const ids = [...wanted.keys()];
      for (let i = 0; i < ids.length; i += askSize) void this.#ask(node, ids.slice(i, i + askSize), wanted);
    }
  }

  /** A node that does not answer within `patienceMs` counts as having no state. */
  async #ask(node: NodeName, ids: ActorId[], wanted: ReadonlyMap<ActorId, Answer>): Promise<void> {
    const { requests, patienceMs } = this.#ports;
    const answer = requests.ask(node, { type: "standbys", ids }, patienceMs);
    const states = await answer.then(
      ({ states }) => states,
      () => [],
    );
    const found = new Map(states.map((state) => [state.id, state]));
    for (const id of ids) wanted.get(id)?.(found.get(id));
  }
}
