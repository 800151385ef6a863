/*
 * The graceful way out of the hub: hands over, ends the remaining actors, and has the members send nothing more, all by a deadline.
 * Without it messages under way to a closing node would be lost, and its last actors would be found only by its silence.
 */
import { type ActorId, after, gather, inSlices, type PlaceId, type RegistryRecord } from "@process-hub/protocol";
import { runningOn } from "../lifecycle/draining.js";
import { failuresById } from "../threads/thread-group.js";
import type { Parts } from "./parts.js";

/** The shares of the time to leave after which nothing more is handed over, and after which no actor is waited for. */
const shares = { handOver: 0.7, end: 0.85 } as const;

/** One leave of this node. */
export class Leaving {
  readonly #parts: Parts;
  /** The actors that were told to end here. One of them may have been on its way out, and live on elsewhere. */
  readonly #told = new Set<ActorId>();
  /** Those of them whose end was said. */
  readonly #said = new Set<ActorId>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Leaves, up to the goodbye, by an instant. What comes while the members are told goes on as well: they wait for it to be gone. This node
   * must take no actors any more.
   */
  async run(untilMs: number): Promise<void> {
    const { clock, registry, sync, local, settings } = this.#parts;
    const fromMs = clock.now();
    const at = (share: number): number => fromMs + (untilMs - fromMs) * share;
    sync.leaving();
    await this.#parts.draining.together(untilMs);
    await this.#empty(at(shares.handOver), at(shares.end));
    await this.#letGo(at(shares.end));
    while (clock.now() < untilMs) {
      const number = registry.number(local.name);
      let isOver = false;
      const told = this.#goodbyes(number).then(() => {
        isOver = true;
      });
      const emptied = async (): Promise<void> => {
        while (!isOver && clock.now() < untilMs) {
          await Promise.race([told, after(clock, Math.min(settings.timings.markerRetryMs, untilMs - clock.now()))]);
          if (registry.ownRunning > 0)
            await this.#empty(Math.max(at(shares.handOver), clock.now()), Math.max(at(shares.end), clock.now()));
        }
      };
      await emptied();
      if (registry.ownRunning === 0 && registry.number(local.name) === number) return;
    }
  }

  /** The time is over: what still runs here ends with the threads. Resolves when the members are told so. */
  async end(): Promise<void> {
    await this.#stop(this.#running());
    const said = inSlices(this.#parts.clock, [...this.#told], (some) => this.#over(some));
    if (said !== undefined) await said;
  }

  /** Says at once what `end` had no time for. Resolves to the actors that ended with this node. */
  ended(): ActorId[] {
    this.#over(this.#told);
    return [...this.#told].filter((id) => !this.#hasGone(id));
  }

  /** Hands over what another node may run, and at once ends what none may; then what could not be handed over ends too. */
  async #empty(handOverUntilMs: number, endUntilMs: number): Promise<void> {
    const ends: Promise<void>[] = [];
    const homeless = (records: readonly RegistryRecord[]): void => void ends.push(this.#stop(records, endUntilMs));
    await this.#parts.draining.handOver(handOverUntilMs, homeless, { why: "leave" });
    ends.push(this.#stop(this.#running(), endUntilMs));
    await Promise.all(ends);
  }

  /** Ends actors here, a slice in each turn. Their records say "down", so that another node starts them when this one has left. */
  async #stop(records: readonly RegistryRecord[], untilMs = 0): Promise<void> {
    const { registry, clock } = this.#parts;
    const stops: Promise<void>[] = [];
    const sliced = inSlices(clock, records, (some) => {
      // One may have gone to another place since the first slice, or ended.
      const here = some.flatMap(({ spec }) => registry.own(spec.id) ?? []).filter(({ state }) => state === "running");
      if (here.length > 0) stops.push(this.#stopSome(here, untilMs));
    });
    if (sliced !== undefined) await sliced;
    await Promise.all(stops);
  }

  async #stopSome(records: readonly RegistryRecord[], untilMs: number): Promise<void> {
    const { registry, group, clock, settings } = this.#parts;
    for (const { spec } of records) this.#told.add(spec.id);
    registry.publish(records.map((record) => ({ op: "put", record: { ...record, state: "down" } })));
    const patienceMs = Math.min(settings.timings.stopTimeoutMs, untilMs - clock.now());
    if (patienceMs <= 0) return;
    const byPlace = new Map<PlaceId, ActorId[]>();
    for (const { spec, place } of records) gather(byPlace, place, spec.id);
    const stopAt = async (place: PlaceId, ids: readonly ActorId[]): Promise<void> => {
      const answer = group.has(place) ? await group.control(place).stop(ids, patienceMs, true) : [];
      const failed = failuresById(ids, answer);
      this.#over(ids.filter((id) => failed.get(id)?.code !== "ActorNotFound"));
    };
    const stops = [...byPlace].map(([place, ids]) => stopAt(place, ids));
    await Promise.race([Promise.allSettled(stops), after(clock, untilMs - clock.now())]);
  }

  /**
   * Says the end of actors, once it is known. One whose thread has not answered may yet be committed to another place; one that its thread has
   * no more may have been, though the word of that is on its way.
   */
  #over(ids: Iterable<ActorId>): void {
    for (const id of ids) {
      if (this.#said.has(id) || this.#hasGone(id)) continue;
      this.#said.add(id);
      this.#parts.hooks.emit("childStopped", { id, reason: "shutdown" });
    }
  }

  /** True for one that was committed to another place before it could end. */
  #hasGone(id: ActorId): boolean {
    return this.#parts.registry.own(id)?.state === "moved";
  }

  /** Resolves when others have what the passive replicas of this node keep, and these have ended. */
  async #letGo(untilMs: number): Promise<void> {
    const { replicas, membership, clock, settings } = this.#parts;
    const stepMs = settings.timings.markerRetryMs / 10;
    while (replicas.areNeeded && membership.peers.length > 0 && clock.now() < untilMs) await after(clock, stepMs);
  }

  #running(): RegistryRecord[] {
    return runningOn(this.#parts);
  }

  /** Resolves when the members know this node's changes up to a number and send nothing more here, and the mail of its main thread is gone. */
  async #goodbyes(number: number): Promise<void> {
    const { clock, settings, local, membership, requests, ownership, recovery } = this.#parts;
    const peers = membership.peers.map(({ node }) => node);
    if (peers.length === 0) return;
    // Who answers the goodbye has what came before it by the same link.
    const told = recovery.leaves();
    if (told !== undefined) await told;
    const leave = { type: "leave", incarnation: local.incarnation, number } as const;
    const goodbyes = peers.map((peer) => requests.ask(peer, leave).catch(() => undefined));
    // Messages for an actor that was left behind have no place before this node has left, or none at all when all leave.
    const { handoffTimeoutMs, markerRetryMs } = settings.timings;
    const patience = after(clock, ownership.view.nodes.length > 0 ? handoffTimeoutMs : markerRetryMs);
    await Promise.all([...goodbyes, Promise.race([this.#mailGone(), patience])]);
  }

  /** Resolves when no message of this main thread waits for a route, and no ask for its answer. */
  async #mailGone(): Promise<void> {
    const { mailer, clock, settings, local } = this.#parts;
    while (mailer.routes.heldEnvelopes + mailer.asks.size > 0 && local.state !== "closed")
      await after(clock, settings.timings.markerRetryMs / 10);
  }
}
