import { type ActorId, after, gather, type PlaceId, type RegistryRecord } from "@process-hub/protocol";
import type { Parts } from "./parts.js";

const maxRounds = 5;

/** The graceful way out of the hub: hands over, ends what is left, and has the others send nothing more. */
export class Leaving {
  readonly #parts: Parts;
  readonly #drain: () => Promise<unknown>;
  readonly #ended = new Set<ActorId>();

  /** `drain`: hands over all actors, and has this node take no new ones. */
  constructor(parts: Parts, drain: () => Promise<unknown>) {
    this.#parts = parts;
    this.#drain = drain;
  }

  /** The actors that could not be handed over, and ended with this node. */
  get ended(): ActorId[] {
    return [...this.#ended];
  }

  /** What was on its way here when this node began to drain may come after all the rest has gone: it goes as well. */
  async run(): Promise<void> {
    const { settings, clock, registry, sync, local, membership, requests, ownership } = this.#parts;
    const { handoffTimeoutMs, markerRetryMs } = settings.timings;
    sync.leaving();
    for (let round = 0; round < maxRounds; round++) {
      if (membership.peers.length > 0) await this.#drain();
      const left = await this.#stopWhatIsLeft();
      const peers = membership.peers.map(({ node }) => node);
      const leave = { type: "leave", incarnation: local.incarnation, number: registry.number(local.name) } as const;
      const goodbyes = peers.map((peer) => requests.ask(peer, leave).catch(() => undefined));
      // Mail for one that was left behind has nowhere to go before this node has left, and none at all when all leave: it is not waited for.
      const patienceMs = ownership.view.nodes.length > 0 ? handoffTimeoutMs : markerRetryMs;
      const settled = Promise.all([...goodbyes, ...(peers.length > 0 ? [this.#mailGone()] : [])]);
      await (left > 0 ? Promise.race([settled, after(clock, patienceMs)]) : settled);
      if (this.#running().length === 0) return;
    }
  }

  /** Those that could not be handed over end here. They are said to be down, so that another node starts them when this one has left. */
  async #stopWhatIsLeft(): Promise<number> {
    const left = this.#running();
    for (const { spec } of left) this.#ended.add(spec.id);
    this.#parts.registry.publish(left.map((record) => ({ op: "put", record: { ...record, state: "down" } })));
    const byPlace = new Map<PlaceId, ActorId[]>();
    for (const { spec, place } of left) if (this.#parts.group.has(place)) gather(byPlace, place, spec.id);
    const { stopTimeoutMs } = this.#parts.settings.timings;
    const stops = [...byPlace].map(([place, ids]) => this.#parts.group.control(place).stop(ids, stopTimeoutMs, true));
    await Promise.allSettled(stops);
    for (const { spec } of left) this.#parts.hooks.emit("childStopped", { id: spec.id, reason: "shutdown" });
    return left.length;
  }

  #running(): RegistryRecord[] {
    return this.#parts.registry.recordsOf(this.#parts.local.name).filter(({ state }) => state === "running");
  }

  /** Resolves when no message of this main thread waits for a route. */
  async #mailGone(): Promise<void> {
    const { mailer, clock, settings } = this.#parts;
    while (mailer.routes.heldEnvelopes > 0) await after(clock, settings.timings.markerRetryMs / 10);
  }
}
