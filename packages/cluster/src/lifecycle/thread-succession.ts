/*
 * Replaces a thread that still runs: its successor starts beside it, its actors move there, and then it ends.
 * Without it what a stray error left half done in a thread could be got rid of only with the states of all its actors.
 */
import { type ActorId, after, type Clock, type PlaceId, placeInWords, threadOfPlace } from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Registry } from "../registry/registry.js";
import type { Timings } from "../settings/settings.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { ThreadReplacement } from "../threads/thread-replacement.js";
import type { Mover } from "./mover.js";

/** The threads of this node, and who moves their actors. */
export interface ThreadSuccessionPorts {
  readonly local: Pick<LocalNode, "name" | "state">;
  readonly clock: Clock;
  readonly timings: Pick<Timings, "handoffTimeoutMs" | "shutdownTimeoutMs" | "stopTimeoutMs" | "markerRetryMs">;
  readonly group: Pick<ThreadGroup, "control" | "unlessBlocked" | "end" | "has">;
  readonly replacement: Pick<ThreadReplacement, "succeed">;
  readonly registry: Pick<Registry, "recordsOf">;
  readonly membership: Pick<Membership, "peers">;
  readonly mover: Pick<Mover, "move">;
  readonly hooks: Pick<Hooks, "log">;
  /** Resolves when nothing of this node goes to the place any more. */
  readonly evacuated: (place: PlaceId) => Promise<unknown>;
}

/** The threads of this node that are being replaced while they run. */
export class ThreadSuccession {
  readonly #ports: ThreadSuccessionPorts;
  /** By index: the place that is being replaced. */
  readonly #underWay = new Map<number, PlaceId>();
  /** Successors that are to be replaced as well, when their predecessor has ended. */
  readonly #due = new Set<PlaceId>();

  constructor(ports: ThreadSuccessionPorts) {
    this.#ports = ports;
  }

  /** Replaces a thread, unless that is under way. Resolves when it has ended, or goes on since no other could start. Never rejects. */
  async replace(place: PlaceId): Promise<void> {
    const index = threadOfPlace(place);
    const underWay = this.#underWay.get(index);
    if (underWay !== undefined) {
      if (underWay !== place) this.#due.add(place);
      return;
    }
    this.#underWay.set(index, place);
    try {
      await this.#replace(place, index);
    } finally {
      this.#underWay.delete(index);
    }
    const [next] = [...this.#due].filter((one) => threadOfPlace(one) === index);
    if (next === undefined) return;
    this.#due.delete(next);
    await this.replace(next);
  }

  async #replace(place: PlaceId, index: number): Promise<void> {
    const { clock, timings, group, replacement, membership, hooks, evacuated } = this.#ports;
    if ((await replacement.succeed(place)) === undefined) return;
    const untilMs = clock.now() + timings.shutdownTimeoutMs;
    const left = await this.#handOver(place, index, untilMs);
    if (!group.has(place)) return;
    if (left > 0)
      hooks.log("error", `${placeInWords(place)} is replaced, and ${left} of its actors could not move: they start again`);
    await Promise.race([evacuated(place), after(clock, Math.max(0, untilMs - clock.now()))]);
    // The others learn where its actors are as they write to them: their last messages by the old way are passed on meanwhile.
    if (membership.peers.length > 0) await after(clock, timings.handoffTimeoutMs);
    await group.end(place, timings.stopTimeoutMs);
  }

  /** Moves all its actors, and those that are only being started there; resolves with how many are left at the instant. */
  async #handOver(place: PlaceId, index: number, untilMs: number): Promise<number> {
    const { local, clock, timings, mover, group } = this.#ports;
    for (;;) {
      const ids = this.#at(place);
      if (ids.length > 0) await mover.move(ids, local.name, index);
      if (!group.has(place) || local.state === "closed") return 0;
      const left = await this.#left(place);
      if (left === 0 && this.#at(place).length === 0) return 0;
      if (clock.now() >= untilMs) return left;
      await after(clock, timings.markerRetryMs);
    }
  }

  #at(place: PlaceId): ActorId[] {
    const { registry, local } = this.#ports;
    return registry.recordsOf(local.name).flatMap((one) => (one.place === place && one.state === "running" ? [one.spec.id] : []));
  }

  /** How many actors the thread has; as many as are recorded there when it does not say. */
  async #left(place: PlaceId): Promise<number> {
    const { group } = this.#ports;
    try {
      return (await group.unlessBlocked(place, group.control(place).depths())).actors;
    } catch {
      return this.#at(place).length;
    }
  }
}
