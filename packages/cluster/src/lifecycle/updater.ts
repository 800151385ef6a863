/*
 * Changes the tag and the metadata of an actor wherever it runs: the actor itself is told first, then its node's record of it.
 * Without it a change would be lost by the next move, which takes along what the actor knows, or by a start from an older record.
 */
import {
  type ActorId,
  ActorNotFound,
  AskTimeout,
  after,
  type Checks,
  type Clock,
  encode,
  HandoffFailed,
  InvalidMessage,
  lineageOf,
  NodeDown,
  type NodeName,
  nodeOf,
  type SpecUpdate,
  tooLarge,
  updatedSpec,
} from "@process-hub/protocol";
import type { Requests } from "../membership/requests.js";
import type { Claims } from "../placement/claims.js";
import type { Locator } from "../placement/locator.js";
import type { Registry } from "../registry/registry.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { Restarts } from "./restarts.js";

/** Where actors are, and who speaks for them. */
export interface UpdaterPorts {
  readonly checks: Checks;
  readonly node: NodeName;
  readonly clock: Clock;
  readonly markerRetryMs: number;
  /** The most bytes of one message to another node; undefined when there is no limit. */
  readonly messageBytes: number | undefined;
  readonly gate: Pick<ServingGate, "serves" | "refusal">;
  readonly locator: Pick<Locator, "locateAll">;
  readonly claims: Pick<Claims, "isStarting" | "isPlacing" | "isSwapping" | "isWaiting" | "isUnderWay">;
  readonly registry: Pick<Registry, "own" | "current" | "publish"> & { readonly orphans: Pick<Registry["orphans"], "has"> };
  readonly requests: Pick<Requests, "ask">;
  readonly group: Pick<ThreadGroup, "has" | "control" | "unlessBlocked">;
  readonly restarts: Pick<Restarts, "redescribe">;
}

/** Changes what is told of actors. An actor that moves, or is being started, meanwhile is looked for again. */
export class Updater {
  readonly #ports: UpdaterPorts;

  constructor(ports: UpdaterPorts) {
    this.#ports = ports;
  }

  /**
   * Resolves when the actor and its node's record have changed. Rejects with `ActorNotFound`, `Partitioned`, `InvalidMessage` (too large for
   * the network), or `HandoffFailed` when it was between two places or lives all the time.
   */
  async update(id: ActorId, update: SpecUpdate, withinMs: number): Promise<void> {
    const { clock, markerRetryMs, checks } = this.#ports;
    const endAtMs = clock.now() + withinMs;
    while (!(await this.#once(id, update, Math.max(1, endAtMs - clock.now())))) {
      checks.mark("updateFollowedOn");
      if (clock.now() >= endAtMs) throw late(id, withinMs);
      await after(clock, markerRetryMs / 10);
    }
  }

  async #once(id: ActorId, update: SpecUpdate, withinMs: number): Promise<boolean> {
    const { node, gate, locator, claims, registry, requests, messageBytes } = this.#ports;
    if (!gate.serves) throw gate.refusal(`actor ${id} is not updated`, id);
    const { records, pending } = await locator.locateAll([id]);
    const record = records.get(id);
    if (record === undefined) {
      if (pending.has(id) || claims.isUnderWay(id) || registry.orphans.has(id)) return false;
      throw new ActorNotFound(`no actor has the id ${id}`, { id });
    }
    const bytes = messageBytes === undefined ? 0 : encode(updatedSpec(record.spec, update)).byteLength;
    if (messageBytes !== undefined && bytes > messageBytes)
      throw new InvalidMessage(tooLarge(`actor ${id}, with its args and metadata,`, bytes, messageBytes), { id });
    const host = nodeOf(record.place);
    if (host === node) return this.here(id, update);
    try {
      return (await requests.ask(host, { type: "update", id, update }, withinMs)).updated;
    } catch (error) {
      // It runs on elsewhere, or will; the change, if it was made, may be lost with the node.
      if (error instanceof NodeDown) return false;
      throw error;
    }
  }

  /** Changes an actor that this node speaks for. False when it does not, or not just now: then nothing is said of a change. */
  async here(id: ActorId, update: SpecUpdate): Promise<boolean> {
    const { registry, claims, group, gate, restarts } = this.#ports;
    if (!gate.serves) throw gate.refusal(`actor ${id} is not updated`, id);
    if (claims.isWaiting(id)) return restarts.redescribe(id, update);
    const own = registry.own(id);
    if (own?.state !== "running" || this.#isBetweenLives(id) || !group.has(own.place)) return false;
    const told = group.unlessBlocked(own.place, group.control(own.place).redescribe(id, update));
    const isTold = await told.catch((error: unknown) => {
      if (error instanceof AskTimeout) throw error;
      // The thread is gone: the actor starts again from its record.
      return false;
    });
    return isTold && this.#record(id, update, lineageOf(own.life));
  }

  /** The actor knows: so it will be told where it has gone meanwhile. A life that begins just now begins from the record as it was. */
  #record(id: ActorId, update: SpecUpdate, lineage: string): boolean {
    const { registry, group } = this.#ports;
    const own = registry.own(id);
    const record = own ?? registry.current(id);
    if (record === undefined || lineageOf(record.life) !== lineage) return false;
    if (own === undefined) return true;
    const isGone = own.state === "down" || (own.state === "running" && !group.has(own.place));
    if (isGone || this.#isBetweenLives(id)) return false;
    registry.publish([{ op: "put", record: { ...own, spec: updatedSpec(own.spec, update) } }]);
    return true;
  }

  #isBetweenLives(id: ActorId): boolean {
    const { claims } = this.#ports;
    return claims.isStarting(id) || claims.isPlacing(id) || claims.isSwapping(id);
  }
}

function late(id: ActorId, withinMs: number): HandoffFailed {
  const text = `actor ${id} was on its way to another place, or between two lives, for ${withinMs} ms: it is not known to be updated`;
  return new HandoffFailed(text, { id, step: "commit" });
}
