/*
 * The graceful way out of the hub: hands over, stops the remaining actors, and has the members send nothing more.
 * Without it messages under way to a closing node would be lost, and its last actors would be found only by its silence.
 */
import { type ActorId, after, gather, type PlaceId, type RegistryRecord } from "@process-hub/protocol";
import type { Parts } from "./parts.js";

const maxRounds = 5;

/** One leave of this node. */
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

  /**
   * Leaves, up to the goodbye, in rounds: an actor that was moving here when the drain began may arrive after all others have gone, and must go too.
   */
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
      // Messages for an actor that was left behind have no place before this node has left, or none at all when all leave: they are not waited for.
      const patienceMs = ownership.view.nodes.length > 0 ? handoffTimeoutMs : markerRetryMs;
      const settled = Promise.all([...goodbyes, ...(peers.length > 0 ? [this.#mailGone()] : [])]);
      await (left > 0 ? Promise.race([settled, after(clock, patienceMs)]) : settled);
      if (this.#running().length === 0) return;
    }
  }

  /** Ends the actors that could not be handed over. Their records say "down", so that another node starts them when this one has left. */
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
