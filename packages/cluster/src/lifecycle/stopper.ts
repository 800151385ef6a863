/*
 * Stops actors wherever they are: only their hosts are asked, and an actor that moves meanwhile is followed.
 * Without it a stop could report "no such actor" of an actor that moved and runs on.
 */
import {
  type ActorId,
  ActorNotFound,
  AskTimeout,
  after,
  type Checks,
  type Clock,
  gather,
  HandoffFailed,
  HubClosed,
  inSlices,
  lineageOf,
  type NodeName,
  nodeOf,
  ownTurn,
  type PlaceId,
  placeFields,
  placeInWords,
  type RegistryRecord,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Requests } from "../membership/requests.js";
import type { Claims } from "../placement/claims.js";
import type { Locator } from "../placement/locator.js";
import type { Ownership } from "../placement/ownership.js";
import { epochStride } from "../registry/epochs.js";
import type { Registry } from "../registry/registry.js";
import type { ServingGate } from "../serving/serving-gate.js";
import { failuresById, type ThreadGroup } from "../threads/thread-group.js";

const batchSize = 1_000;
/** How much longer than its deadline a stop waits for the answer of a thread. */
const graceMs = 1_000;

/** The outcome of one stop, and its node. */
export interface Stopped {
  readonly id: ActorId;
  readonly node: NodeName;
  readonly error?: WireError;
}

/** True for an actor that has stopped, by force too. */
export function hasStopped({ error }: { readonly error?: WireError | undefined }): boolean {
  return error === undefined || error.code === "ActorStopped";
}

/** How far a stop follows actors. */
interface Reach {
  /** Where the caller knows that they were started, though the news of it may not have come here. */
  readonly hosts?: ReadonlyMap<ActorId, NodeName> | undefined;
  /** One that has gone to another node is left alone: it has no outcome. */
  readonly onlyHere?: true;
}

/** Where actors are, and who ends them. */
export interface StopperPorts {
  readonly checks: Checks;
  readonly node: NodeName;
  readonly local: Pick<LocalNode, "state">;
  readonly clock: Clock;
  readonly markerRetryMs: number;
  readonly hooks: Pick<Hooks, "emit">;
  readonly gate: Pick<ServingGate, "serves" | "refusal">;
  readonly locator: Pick<Locator, "locateAll">;
  readonly claims: Pick<Claims, "isStarting" | "startSettled" | "stopStart" | "lineageOfStart" | "isRestarting" | "isSwapping">;
  readonly ownership: Pick<Ownership, "registrarFor">;
  readonly registry: Pick<Registry, "current" | "own" | "isOver" | "freshEpoch" | "publish"> & {
    readonly orphans: Pick<Registry["orphans"], "get">;
  };
  readonly membership: Pick<Membership, "peer">;
  readonly requests: Pick<Requests, "ask">;
  readonly group: Pick<ThreadGroup, "has" | "control">;
}

/** Stops actors, wherever they are. Only the nodes that host them are asked, and waited for. */
export class Stopper {
  readonly #ports: StopperPorts;

  constructor(ports: StopperPorts) {
    this.#ports = ports;
  }

  /**
   * Stops actors. One outcome each, in no order; never rejects. An actor that moves, or is being started, meanwhile is followed. `hosts`: where
   * the caller knows that they were started, though the news of it may not have come here.
   */
  stop(ids: readonly ActorId[], deadlineMs: number, hosts?: ReadonlyMap<ActorId, NodeName>): Promise<Stopped[]> {
    return this.#stopAll(ids, deadlineMs, { hosts });
  }

  /** Stops actors of this node as `stop` does, but leaves alone, without an outcome, what has gone to another one by then. */
  stopHere(ids: readonly ActorId[], deadlineMs: number): Promise<Stopped[]> {
    return this.#stopAll(ids, deadlineMs, { onlyHere: true });
  }

  async #stopAll(ids: readonly ActorId[], deadlineMs: number, reach: Reach): Promise<Stopped[]> {
    const { clock } = this.#ports;
    const parts: Promise<Stopped[]>[] = [];
    const given = inSlices(clock, ids, (some) => void parts.push(this.#stop(some, deadlineMs, clock.now() + deadlineMs, reach)));
    if (given !== undefined) await given;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : (await Promise.all(parts)).flat();
  }

  async #stop(ids: readonly ActorId[], deadlineMs: number, endAtMs: number, reach: Reach): Promise<Stopped[]> {
    const { node, registry, claims, locator, ownership, membership } = this.#ports;
    const { records, pending } = await locator.locateAll(ids);
    const byHost = new Map<NodeName, ActorId[]>();
    const outcomes: Stopped[] = [];
    for (const id of ids) {
      const record = records.get(id);
      const starter = pending.get(id);
      const orphan = registry.orphans.get(id);
      if (record !== undefined) gather(byHost, nodeOf(record.place), id);
      else if (claims.isStarting(id)) gather(byHost, node, id);
      else if (starter !== undefined) gather(byHost, starter, id);
      else if (orphan !== undefined) {
        const owner = ownership.registrarFor(orphan.spec);
        if (owner !== undefined && owner !== node && membership.peer(owner) !== undefined) gather(byHost, owner, id);
        else outcomes.push(this.#refused(id) ?? this.#forget(id));
      } else {
        const host = reach.hosts?.get(id);
        if (host === undefined || host === node) outcomes.push(this.#unknown(id));
        else gather(byHost, host, id);
      }
    }
    const parts = [...byHost].map(([host, some]) => {
      if (host === node) return this.#here(some, deadlineMs, endAtMs, reach);
      return reach.onlyHere === true ? [] : this.#there(host, some, deadlineMs);
    });
    return outcomes.concat(...(await Promise.all(parts)));
  }

  async #there(host: NodeName, ids: ActorId[], deadlineMs: number): Promise<Stopped[]> {
    const { requests, registry } = this.#ports;
    const known = new Map(ids.map((id) => [id, lineageIn(registry.current(id) ?? registry.orphans.get(id))]));
    try {
      const { outcomes } = await requests.ask(host, { type: "stop", ids, deadlineMs });
      return outcomes.map((outcome) => {
        const { id, error, node = host } = outcome;
        const orphan = registry.orphans.get(id);
        const left = registry.current(id) ?? orphan;
        // Where the end has come here, a record may still be left of a node by way of which the actor came.
        const isLeft = left !== undefined && lineageIn(left) === known.get(id) && !registry.isOver(left);
        // The one that decides for an orphan has never heard of it, and another that has may yet start it again.
        if (isLeft && left === orphan && error?.code === "ActorNotFound") return this.#refused(id) ?? this.#forget(id);
        // The host died before anybody else had heard of the end: it may have begun again elsewhere.
        if (isLeft && hasStopped(outcome)) this.#forget(id);
        return { id, node, ...(error === undefined ? {} : { error }) };
      });
    } catch (error) {
      return ids.map((id) => ({ id, node: host, error: toWireError(error) }));
    }
  }

  async #here(ids: readonly ActorId[], deadlineMs: number, endAtMs: number, reach: Reach): Promise<Stopped[]> {
    const { registry, group, claims, node } = this.#ports;
    const refused = ids.flatMap((id) => this.#refused(id) ?? []);
    if (refused.length > 0) return refused;
    const { clock } = this.#ports;
    const settled = Promise.all(ids.map((id) => claims.startSettled(id)));
    if (ids.some((id) => claims.isStarting(id))) await Promise.race([settled, after(clock, Math.max(0, endAtMs - clock.now()))]);
    const byPlace = new Map<PlaceId, ActorId[]>();
    const outcomes: Stopped[] = [];
    const elsewhere: ActorId[] = [];
    for (const id of ids) {
      const record = registry.current(id);
      // Its start does not end in time: what it may yet make ends at once.
      if (claims.isStarting(id) && claims.stopStart(id)) outcomes.push(this.#forget(id));
      else if (record === undefined) outcomes.push(this.#unknown(id));
      else if (nodeOf(record.place) !== node || claims.isRestarting(id) || claims.isSwapping(id)) elsewhere.push(id);
      else if (!group.has(record.place) || record.state === "down") outcomes.push(this.#forget(id));
      else gather(byPlace, record.place, id);
    }
    const batches = [...byPlace].flatMap(([place, some]) => {
      const parts: { readonly place: PlaceId; readonly ids: ActorId[] }[] = [];
      for (let i = 0; i < some.length; i += batchSize) parts.push({ place, ids: some.slice(i, i + batchSize) });
      return parts;
    });
    const done = batches.map((batch) => this.#stopAt(batch.place, batch.ids, deadlineMs, endAtMs, reach));
    if (elsewhere.length > 0) done.push(this.#later(elsewhere, deadlineMs, endAtMs, reach));
    return outcomes.concat(...(await Promise.all(done)));
  }

  async #stopAt(place: PlaceId, ids: readonly ActorId[], deadlineMs: number, endAtMs: number, reach: Reach): Promise<Stopped[]> {
    const { registry, node, hooks } = this.#ports;
    const { clock } = this.#ports;
    const failed = await this.#order(place, ids, deadlineMs);
    // All batches may be answered at once.
    const turn = ownTurn(clock, ids.length);
    if (turn !== undefined) await turn;
    const inTime = clock.now() < endAtMs;
    const again = ids.filter((id) => {
      const code = failed.get(id)?.code;
      const mayCome = code === "HandoffFailed" || (code === "ActorNotFound" && registry.current(id) !== undefined);
      return mayCome && inTime;
    });
    const open = new Set(again);
    // A thread that died under the stop has ended the actor as well: the actor must not start again.
    const over = ids.filter(
      (id) => !open.has(id) && [undefined, "ThreadExited", "ActorStopped"].some((code) => code === failed.get(id)?.code),
    );
    const records = over.flatMap((id) => {
      const own = registry.own(id);
      return own?.place === place ? [own] : [];
    });
    registry.publish(
      records.map(({ spec, epoch, life }) => ({ op: "drop", id: spec.id, epoch, ended: true, lineage: lineageOf(life) })),
    );
    for (const { spec } of records) hooks.emit("childStopped", { id: spec.id, reason: "stop" });
    const here = ids.filter((id) => !open.has(id)).map((id): Stopped => outcomeOf(id, node, failed.get(id)));
    return again.length === 0 ? here : here.concat(await this.#later(again, deadlineMs, endAtMs, reach));
  }

  /** The failures of a stop by id. A thread that does not answer is not waited for. */
  async #order(place: PlaceId, ids: readonly ActorId[], deadlineMs: number): Promise<Map<ActorId, WireError>> {
    const { group, clock } = this.#ports;
    const all = (error: unknown): Map<ActorId, WireError> => new Map(ids.map((id) => [id, toWireError(error)]));
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => {
        const text = `${placeInWords(place)} did not answer a stop within ${deadlineMs + graceMs} ms: it may be blocked, and the stop may still take place`;
        resolve(all(new AskTimeout(text, placeFields(place))));
      }, deadlineMs + graceMs);
      const answer = async (): Promise<void> => resolve(failuresById(ids, await group.control(place).stop(ids, deadlineMs)));
      answer()
        .catch((error: unknown) => resolve(all(error)))
        .finally(() => timer.cancel());
    });
  }

  /** The actors are moving: looks for them again in a moment. */
  async #later(ids: readonly ActorId[], deadlineMs: number, endAtMs: number, reach: Reach): Promise<Stopped[]> {
    this.#ports.checks.mark("stopFollowedOn");
    const { markerRetryMs, clock } = this.#ports;
    await after(clock, markerRetryMs / 10);
    // Those of many batches are due at once.
    const turn = ownTurn(clock, ids.length);
    if (turn !== undefined) await turn;
    if (clock.now() >= endAtMs) {
      const { claims } = this.#ports;
      return ids.map((id) => (claims.stopStart(id) ? this.#forget(id) : this.#late(id, deadlineMs)));
    }
    return this.#stop(ids, deadlineMs, endAtMs, reach);
  }

  /**
   * Ends an actor that is between two lives, or begins one just now: there is nothing to stop, and it must not start again. A start that fails later
   * is not tried again for it: it asks whether its lineage has ended.
   */
  #forget(id: ActorId): Stopped {
    const { registry, claims, hooks, node } = this.#ports;
    const record = registry.current(id) ?? registry.orphans.get(id);
    const lineage = record === undefined ? claims.lineageOfStart(id) : lineageOf(record.life);
    const epoch = Math.max(record?.epoch ?? 0, registry.freshEpoch) + epochStride;
    registry.publish([{ op: "drop", id, epoch, ended: true, ...(lineage === undefined ? {} : { lineage }) }]);
    hooks.emit("childStopped", { id, reason: "stop" });
    return { id, node };
  }

  /** The refusal of a node that does not serve, or has said goodbye: another node may run the actor, and could not be told of the stop. */
  #refused(id: ActorId): Stopped | undefined {
    const { gate, node, local } = this.#ports;
    if (local.state === "closed")
      return { id, node, error: toWireError(new HubClosed(`actor ${id} is not stopped: node ${node} is closed`)) };
    return gate.serves ? undefined : { id, node, error: toWireError(gate.refusal(`actor ${id} is not stopped`, id)) };
  }

  /** An actor that was on its way from place to place until the deadline. */
  #late(id: ActorId, deadlineMs: number): Stopped {
    const { registry, node } = this.#ports;
    if (registry.current(id) === undefined) return this.#unknown(id);
    const text = `actor ${id} was on its way to another place, or between two lives, for the ${deadlineMs} ms of its stop: it was not stopped, and goes on`;
    return { id, node, error: toWireError(new HandoffFailed(text, { id, step: "commit" })) };
  }

  #unknown(id: ActorId): Stopped {
    return { id, node: this.#ports.node, error: toWireError(new ActorNotFound(`no actor has the id ${id}`, { id })) };
  }
}

function lineageIn(record: RegistryRecord | undefined): string | undefined {
  return record && lineageOf(record.life);
}

function outcomeOf(id: ActorId, node: NodeName, error: WireError | undefined): Stopped {
  return error === undefined || error.code === "ThreadExited" ? { id, node } : { id, node, error };
}
