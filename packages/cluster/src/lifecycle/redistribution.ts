/*
 * Moves this node's actors to where the ring wants them after members came or went, by the migration strategy.
 * Without it a node that joins would stay empty, and a node that drains would keep its actors.
 */
import {
  type ActorId,
  after,
  type Checks,
  type Clock,
  type Failure,
  fromWireError,
  gather,
  HandoffFailed,
  NodeDown,
  type NodeName,
  type PlaceId,
  placeInWords,
  type RegistryRecord,
  type Timer,
} from "@process-hub/protocol";
import type { MigrationStrategy } from "@process-hub/strategies";
import type { Hooks } from "../events/hooks.js";
import { type Inbox, Priority } from "../events/inbox.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Requests } from "../membership/requests.js";
import type { Claims } from "../placement/claims.js";
import type { Ownership } from "../placement/ownership.js";
import { triesStride } from "../registry/epochs.js";
import type { Registry } from "../registry/registry.js";
import type { SettledMoves } from "../registry/settled-moves.js";
import type { ServingLease } from "../serving/serving-lease.js";
import type { Timings } from "../settings/settings.js";
import { failuresById, type ThreadGroup } from "../threads/thread-group.js";
import type { Mover } from "./mover.js";
import type { Starter } from "./starter.js";

const drainRounds = 5;

/** Where actors belong, and who moves or swaps them there. */
export interface RedistributionPorts {
  readonly checks: Checks;
  readonly local: Pick<LocalNode, "name" | "state">;
  readonly clock: Clock;
  readonly timings: Pick<Timings, "batchWindowMs" | "markerRetryMs" | "heartbeatIntervalMs" | "stopTimeoutMs">;
  readonly migration: Pick<MigrationStrategy, "mode" | "carryState">;
  readonly inbox: Pick<Inbox, "push" | "lock">;
  readonly hooks: Pick<Hooks, "emit" | "log">;
  readonly lease: Pick<ServingLease, "fenced">;
  readonly ownership: Pick<Ownership, "view" | "placement">;
  readonly registry: Pick<Registry, "recordsOf" | "own" | "freshEpoch" | "publish">;
  readonly settledMoves: Pick<SettledMoves, "settle">;
  readonly claims: Pick<Claims, "beginSwap" | "endSwap">;
  readonly group: Pick<ThreadGroup, "has" | "control" | "unlessBlocked">;
  readonly requests: Pick<Requests, "ask">;
  readonly mover: Pick<Mover, "move">;
  readonly starter: Pick<Starter, "restart">;
}

/** Moves actors to where the ring wants them after members came or went, by the migration strategy, and away from a node that drains. */
export class Redistribution {
  readonly #ports: RedistributionPorts;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(ports: RedistributionPorts) {
    this.#ports = ports;
  }

  /** Redistributes at the end of the batch window. */
  soon(): void {
    const { clock, timings, inbox } = this.#ports;
    this.#timer ??= clock.setTimeout(() => {
      this.#timer = undefined;
      inbox.push(Priority.membership, () => this.#begin());
    }, timings.batchWindowMs);
  }

  /** Hands over every actor of this node, whatever the migration strategy. Resolves with the errors of those that stay. */
  async handOverAll(): Promise<Map<ActorId, Error>> {
    const { clock, timings } = this.#ports;
    await this.#running;
    let failed = new Map<ActorId, Error>();
    for (let round = 0; round < drainRounds; round++) {
      if (round > 0) await after(clock, timings.markerRetryMs);
      await this.#served();
      const mine = this.#mine();
      if (mine.length === 0) return new Map();
      failed = new Map();
      const byOwner = this.#byOwner(mine, failed);
      if (byOwner.size === 0) break;
      for (const [id, error] of await this.#handOver(byOwner)) failed.set(id, error);
      if (failed.size === 0 && this.#mine().length === 0) return failed;
    }
    return failed;
  }

  /** Resolves when this node may hand actors over, that is, when it is not fenced. */
  async #served(): Promise<void> {
    const { lease, local, clock, timings } = this.#ports;
    while (lease.fenced && local.state !== "closed") await after(clock, timings.heartbeatIntervalMs);
  }

  /** Locks this node's inbox while its actors go where the ring wants them; more urgent events are served meanwhile. */
  #begin(): void {
    const { local, hooks, inbox, ownership } = this.#ports;
    const node = local.name;
    if (local.state !== "up" || !ownership.view.nodes.some((member) => member.node === node)) return;
    const unlock = inbox.lock(Priority.call);
    hooks.emit("redistributionStarting", { node });
    this.#running = this.#run()
      .catch((error: unknown) => hooks.log("error", `a redistribution failed: ${String(error)}`, error))
      .finally(unlock);
  }

  async #run(): Promise<void> {
    const { local, hooks, migration } = this.#ports;
    const byOwner = this.#byOwner(this.#mine(), new Map());
    const total = [...byOwner.values()].reduce((sum, some) => sum + some.length, 0);
    const { mode, carryState } = migration;
    const failed = mode === "handoff" || carryState ? await this.#handOver(byOwner) : await this.#swap(byOwner);
    for (const [id, error] of failed) hooks.log("warn", `actor ${id} was not redistributed: ${error.message}`, error);
    hooks.emit("redistributionFinished", { node: local.name, moved: total - failed.size, failed: failed.size });
  }

  #mine(): RegistryRecord[] {
    const { registry, local } = this.#ports;
    return registry.recordsOf(local.name).filter(({ state }) => state === "running");
  }

  #byOwner(records: readonly RegistryRecord[], failed: Map<ActorId, Error>): Map<NodeName, RegistryRecord[]> {
    const { ownership, local } = this.#ports;
    const { placement } = ownership;
    const byOwner = new Map<NodeName, RegistryRecord[]>();
    for (const record of records) {
      const owner = placement.owners({ ...record.spec, host: local.name }, 1)[0];
      if (owner === undefined) failed.set(record.spec.id, placement.failureOf(record.spec) ?? noOther(record.spec.id));
      else if (owner !== local.name) gather(byOwner, owner, record);
    }
    return byOwner;
  }

  async #handOver(byOwner: ReadonlyMap<NodeName, readonly RegistryRecord[]>): Promise<Map<ActorId, Error>> {
    const { mover } = this.#ports;
    const sagas = [...byOwner].map(([owner, records]) =>
      mover.move(
        records.map(({ spec }) => spec.id),
        owner,
        undefined,
      ),
    );
    const outcomes = (await Promise.all(sagas)).flat();
    return new Map(outcomes.flatMap(({ id, error }) => (error === undefined ? [] : [[id, fromWireError(error)] as const])));
  }

  /** Cold swap: an actor is stopped here, then started there, and never runs in both. If it cannot be started there, it starts here again. */
  async #swap(byOwner: ReadonlyMap<NodeName, readonly RegistryRecord[]>): Promise<Map<ActorId, Error>> {
    const failed = new Map<ActorId, Error>();
    const swaps = [...byOwner].map(([owner, records]) => this.#swapTo(owner, records, failed));
    await Promise.all(swaps);
    return failed;
  }

  async #swapTo(owner: NodeName, records: readonly RegistryRecord[], failed: Map<ActorId, Error>): Promise<void> {
    const { registry, requests, claims, settledMoves, hooks } = this.#ports;
    const all = records.map(({ spec }) => spec.id);
    hooks.emit("childrenMoving", { ids: all, to: owner });
    for (const id of all) claims.beginSwap(id);
    registry.publish(records.map((record) => ({ op: "put", record: { ...record, state: "down" } })));
    await this.#stopAll(records);
    const down = this.#stopped(records, failed).map((record): RegistryRecord => ({ ...record, state: "down" }));
    const ids = down.map(({ spec }) => spec.id);
    const errors = await requests.ask(owner, { type: "adopt", records: down, decided: true }).then(
      (answer) => new Map(answer.errors.map(({ id, error }) => [id, fromWireError(error)])),
      (error: unknown) => new Map(ids.map((id) => [id, error instanceof Error ? error : new Error(String(error))])),
    );
    const moved = ids.filter((id) => !errors.has(id));
    settledMoves.settle(moved);
    if (moved.length > 0) hooks.emit("childrenMoved", { ids: moved, to: owner });
    await Promise.all(down.filter(({ spec }) => errors.has(spec.id)).map((record) => this.#stay(record, owner, errors, failed)));
    for (const id of all) claims.endSwap(id);
  }

  /** The actors that did stop. An actor that was moving to another place could not be stopped, and runs there. */
  #stopped(records: readonly RegistryRecord[], failed: Map<ActorId, Error>): RegistryRecord[] {
    return records.filter(({ spec: { id } }) => {
      const own = this.#ports.registry.own(id);
      if (own === undefined || own.state === "down") return true;
      failed.set(
        id,
        new HandoffFailed(`actor ${id} was on its way to ${placeInWords(own.place)}, and goes on there`, { id, step: "seal" }),
      );
      return false;
    });
  }

  async #stopAll(records: readonly RegistryRecord[]): Promise<void> {
    const { group, timings, hooks } = this.#ports;
    const byPlace = new Map<PlaceId, ActorId[]>();
    for (const { spec, place } of records) gather(byPlace, place, spec.id);
    const stops = [...byPlace].map(async ([place, some]) => {
      if (!group.has(place)) return;
      const stop = group.unlessBlocked(place, group.control(place).stop(some, timings.stopTimeoutMs, true));
      const result = await stop.catch((): readonly Failure[] => []);
      for (const [id, error] of failuresById(some, result))
        hooks.log("warn", `actor ${id} did not stop well: ${error.message}`, error);
    });
    await Promise.all(stops);
  }

  async #stay(
    record: RegistryRecord,
    owner: NodeName,
    errors: ReadonlyMap<ActorId, Error>,
    failed: Map<ActorId, Error>,
  ): Promise<void> {
    const { registry, starter, hooks } = this.#ports;
    const { spec, epoch } = record;
    const { id } = spec;
    this.#ports.checks.mark("swapTakenBack");
    const text = `actor ${id} could not be started on node ${owner}`;
    failed.set(id, new HandoffFailed(text, { id, step: "start" }, errors.get(id)));
    const { error } = await starter.restart(record, Math.max(epoch + triesStride, registry.freshEpoch));
    if (error === undefined || error.code === "Partitioned") return;
    const own = registry.own(id);
    if (error.code === "AlreadyStarted" && own !== undefined) {
      // The actor was moving between two threads of this node and could not be stopped: it runs.
      if (own.state === "down") registry.publish([{ op: "put", record: { ...own, state: "running" } }]);
      return;
    }
    registry.publish([{ op: "drop", id, epoch, ended: true }]);
    hooks.emit("childStopped", { id, reason: "not restarted", error: fromWireError(error) });
  }
}

function noOther(id: ActorId): NodeDown {
  return new NodeDown(`actor ${id} has no other node to run on`, { id });
}
