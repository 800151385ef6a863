import {
  type ActorId,
  gather,
  isLaterState,
  type NodeName,
  nodeOf,
  type PlaceId,
  type ReplicaState,
} from "@process-hub/protocol";
import type { Coordinator } from "../node/coordinator.js";

const askSize = 500;

type Answer = (copy: ReplicaState | undefined) => void;

/** What copies keep of actors that are to go on: of this node's for those who ask, and of the others' for this node. */
export class ReplicaStates {
  readonly #coordinator: Coordinator;
  readonly #wantedFrom = new Map<NodeName, Map<ActorId, Answer>>();

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** The newest state that the threads of this node keep of each actor. */
  async kept(ids: readonly ActorId[]): Promise<ReplicaState[]> {
    const { replicas, group } = this.#coordinator;
    const byPlace = new Map<PlaceId, ActorId[]>();
    for (const id of ids) {
      const place = replicas.placeOf(id);
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
    const { settings, registry, membership, node } = this.#coordinator;
    if (!settings.redundancy.standby) return undefined;
    const nodes = registry.replicaRecords
      .of(id)
      .map(({ place }) => nodeOf(place))
      .filter((other) => other !== node && membership.peer(other) !== undefined);
    if (nodes.length === 0) return undefined;
    return Promise.all(nodes.map((other) => this.#askFor(id, other))).then((copies) =>
      copies.reduce((best, copy) => (best === undefined || (copy !== undefined && isLaterState(copy, best)) ? copy : best)),
    );
  }

  /** What is asked of a node in one turn travels together. */
  #askFor(id: ActorId, node: NodeName): Promise<ReplicaState | undefined> {
    return new Promise((resolve) => {
      if (this.#wantedFrom.size === 0) {
        queueMicrotask(() => {
          const all = [...this.#wantedFrom];
          this.#wantedFrom.clear();
          for (const [from, wanted] of all) {
            const ids = [...wanted.keys()];
            for (let i = 0; i < ids.length; i += askSize) void this.#ask(from, ids.slice(i, i + askSize), wanted);
          }
        });
      }
      const wanted = this.#wantedFrom.get(node) ?? new Map<ActorId, Answer>();
      wanted.set(id, resolve);
      this.#wantedFrom.set(node, wanted);
    });
  }

  /** A node that does not answer soon is taken to have none. */
  async #ask(node: NodeName, ids: ActorId[], wanted: ReadonlyMap<ActorId, Answer>): Promise<void> {
    const { requests, settings } = this.#coordinator;
    const answer = requests.ask(node, { type: "standbys", ids }, settings.timings.suspectAfterMs);
    const copies = await answer.then(
      ({ copies }) => copies,
      () => [],
    );
    const found = new Map(copies.map((copy) => [copy.id, copy]));
    for (const id of ids) wanted.get(id)?.(found.get(id));
  }
}
