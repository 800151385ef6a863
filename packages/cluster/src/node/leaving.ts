import { type ActorId, gather, type PlaceId, type RegistryRecord } from "@process-hub/protocol";
import type { Coordinator } from "./coordinator.js";

const maxRounds = 5;

/** The graceful way out of the hub: hands over, ends what is left, and has the others send nothing more. */
export class Leaving {
  readonly #coordinator: Coordinator;
  readonly #ended = new Set<ActorId>();

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** The actors that could not be handed over, and ended with this node. */
  get ended(): ActorId[] {
    return [...this.#ended];
  }

  /** What was on its way here when this node began to drain may come after all the rest has gone: it goes as well. */
  async run(): Promise<void> {
    const { handoffTimeoutMs, markerRetryMs } = this.#coordinator.settings.timings;
    const { registry, sync, node, incarnation } = this.#coordinator;
    sync.leaving();
    for (let round = 0; round < maxRounds; round++) {
      if (this.#coordinator.membership.peers.length > 0) await this.#coordinator.drain();
      const left = await this.#stopWhatIsLeft();
      const peers = this.#coordinator.membership.peers.map(({ node }) => node);
      const leave = { type: "leave", incarnation, number: registry.number(node) } as const;
      const goodbyes = peers.map((peer) => this.#coordinator.requests.ask(peer, leave).catch(() => undefined));
      // Mail for one that was left behind has nowhere to go before this node has left, and none at all when all leave: it is not waited for.
      const patienceMs = this.#coordinator.view.nodes.length > 0 ? handoffTimeoutMs : markerRetryMs;
      const settled = Promise.all([...goodbyes, ...(peers.length > 0 ? [this.#mailGone()] : [])]);
      await (left > 0 ? Promise.race([settled, this.#coordinator.after(patienceMs)]) : settled);
      if (this.#running().length === 0) return;
    }
  }

  /** Those that could not be handed over end here. They are said to be down, so that another node starts them when this one has left. */
  async #stopWhatIsLeft(): Promise<number> {
    const left = this.#running();
    for (const { spec } of left) this.#ended.add(spec.id);
    this.#coordinator.registry.publish(left.map((record) => ({ op: "put", record: { ...record, state: "down" } })));
    const byPlace = new Map<PlaceId, ActorId[]>();
    for (const { spec, place } of left) if (this.#coordinator.group.has(place)) gather(byPlace, place, spec.id);
    const { stopTimeoutMs } = this.#coordinator.settings.timings;
    const stops = [...byPlace].map(([place, ids]) => this.#coordinator.group.control(place).stop(ids, stopTimeoutMs, true));
    await Promise.allSettled(stops);
    for (const { spec } of left) this.#coordinator.hooks.emit("childStopped", { id: spec.id, reason: "shutdown" });
    return left.length;
  }

  #running(): RegistryRecord[] {
    return this.#coordinator.registry.recordsOf(this.#coordinator.node).filter(({ state }) => state === "running");
  }

  /** Resolves when no message of this main thread waits for a route. */
  async #mailGone(): Promise<void> {
    while (this.#coordinator.mailer.routes.heldEnvelopes > 0)
      await this.#coordinator.after(this.#coordinator.settings.timings.markerRetryMs / 10);
  }
}
