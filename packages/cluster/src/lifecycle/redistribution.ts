/*
 * Moves this node's actors to where the ring wants them after members came or went, by the migration strategy.
 * Without it a node that joins would stay empty.
 */
import {
  type ActorId,
  type Checks,
  type Clock,
  type Failure,
  fromWireError,
  gather,
  HandoffFailed,
  inSlices,
  type NodeName,
  ownTurn,
  type PlaceId,
  placeInWords,
  type RegistryRecord,
  type Timer,
  toldMove,
} from "@process-hub/protocol";
import type { ClusterView, MigrationStrategy } from "@process-hub/strategies";
import type { Hooks } from "../events/hooks.js";
import type { MembersChanged } from "../events/hub-events.js";
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
import { byOwner } from "./draining.js";
import { deferredMs, errorsById, type Mover } from "./mover.js";
import { namedActors } from "./named-actors.js";
import type { Restarts } from "./restarts.js";

/** So many batch windows may pass between the first of several changes and the redistribution for all of them. */
const mostWindows = 4;

/** Where actors belong, and who moves or swaps them there. */
export interface RedistributionPorts {
  readonly checks: Checks;
  readonly local: Pick<LocalNode, "name" | "state">;
  readonly clock: Clock;
  readonly timings: Pick<Timings, "batchWindowMs" | "markerRetryMs" | "heartbeatIntervalMs" | "stopTimeoutMs">;
  readonly migrationOf: (actor: string) => Pick<MigrationStrategy, "mode" | "carryState">;
  readonly inbox: Pick<Inbox, "push" | "lock">;
  readonly hooks: Pick<Hooks, "emit" | "log" | "watched">;
  readonly lease: Pick<ServingLease, "fenced">;
  readonly ownership: Pick<Ownership, "view" | "placement" | "kinds">;
  readonly registry: Pick<Registry, "recordsOf" | "own" | "current" | "publish">;
  readonly settledMoves: Pick<SettledMoves, "settle">;
  readonly claims: Pick<Claims, "beginSwap" | "endSwap">;
  readonly group: Pick<ThreadGroup, "has" | "control" | "unlessBlocked">;
  readonly requests: Pick<Requests, "ask">;
  readonly mover: Pick<Mover, "move" | "lane">;
  readonly restarts: Pick<Restarts, "once" | "failed">;
}

/** Moves actors to where the ring wants them after members came or went, by the migration strategy. */
export class Redistribution {
  readonly #ports: RedistributionPorts;
  #timer: Timer | undefined;
  /** When the first of the changes came for which there was no redistribution yet. */
  #firstAtMs = 0;
  #isRunning = false;
  /** Some put off their moves at the last redistribution. */
  #hasDeferred = false;
  /** The view of the last redistribution. */
  #past: ClusterView = { nodes: [] };

  constructor(ports: RedistributionPorts) {
    this.#ports = ports;
  }

  /** Redistributes when nothing more has changed for a batch window, or when the first change is four of them ago. */
  soon(): void {
    const { clock, timings, inbox } = this.#ports;
    const nowMs = clock.now();
    if (this.#timer === undefined) this.#firstAtMs = nowMs;
    this.#timer?.cancel();
    const leftMs = this.#firstAtMs + timings.batchWindowMs * mostWindows - nowMs;
    this.#timer = clock.setTimeout(
      () => {
        this.#timer = undefined;
        inbox.push(Priority.membership, () => this.#begin());
      },
      Math.max(0, Math.min(timings.batchWindowMs, leftMs)),
    );
  }

  /** True while one is about to begin. */
  get isPlanned(): boolean {
    return this.#timer !== undefined;
  }

  /** True while actors go where the ring wants them. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Locks this node's inbox while its actors go where the ring wants them; more urgent events are served meanwhile. */
  #begin(): void {
    const { local, hooks, inbox, ownership } = this.#ports;
    const node = local.name;
    if (local.state !== "up" || !ownership.view.nodes.some((member) => member.node === node)) return;
    const unlock = inbox.lock(Priority.call);
    const change = changeOf(node, this.#past, ownership.view, this.#hasDeferred);
    this.#past = ownership.view;
    this.#isRunning = true;
    void this.#announce(change)
      .then(() => this.#run(change))
      .catch((error: unknown) => hooks.log("error", `a redistribution failed: ${String(error)}`, error))
      .finally(() => {
        this.#isRunning = false;
        unlock();
      });
  }

  /** Tells which actors are to move, if anybody listens: to know that before the first one moves takes a look at all of them. */
  async #announce(change: MembersChanged): Promise<void> {
    const { local, hooks, registry, clock } = this.#ports;
    if (!hooks.watched("redistributionStarting")) return;
    const ids: ActorId[] = [];
    const given = inSlices(clock, registry.recordsOf(local.name), (some) => {
      const running = some.filter(({ state }) => state === "running");
      for (const records of byOwner(this.#ports, running, new Map()).values()) ids.push(...records.map(({ spec }) => spec.id));
    });
    if (given !== undefined) await given;
    hooks.emit("redistributionStarting", { ...change, node: local.name, ids });
  }

  async #run(change: MembersChanged): Promise<void> {
    const { local, hooks, clock, mover, registry } = this.#ports;
    const lane = mover.lane();
    const parts: Promise<Map<ActorId, Error>>[] = [];
    const sent = new Map<NodeName, RegistryRecord[]>();
    const children: { readonly id: ActorId; readonly to: NodeName }[] = [];
    const { view } = this.#ports.ownership;
    let total = 0;
    const given = inSlices(clock, registry.recordsOf(local.name), (some) => {
      // One that runs under another epoch than at the first slice, or not at all, has ended or is on its way.
      const still = some.flatMap(({ spec, state, epoch }) => {
        const own = registry.own(spec.id);
        return state === "running" && own?.state === state && own.epoch === epoch ? [own] : [];
      });
      const owners = byOwner(this.#ports, still, new Map());
      for (const [owner, records] of owners) {
        total += records.length;
        for (const record of records) if (this.#isHandedOver(record)) gather(sent, owner, record);
        for (const { spec } of records) children.push({ id: spec.id, to: owner });
      }
      parts.push(
        this.#handOver(
          only(owners, (record) => this.#isHandedOver(record)),
          lane,
        ),
      );
      parts.push(this.#swap(only(owners, (record) => !this.#isHandedOver(record))));
    });
    if (given !== undefined) await given;
    const failed = new Map<ActorId, Error>();
    // Two parts for each slice of the actors.
    const gathered = inSlices(
      clock,
      await Promise.all(parts),
      (some) => {
        for (const part of some) for (const [id, error] of part) failed.set(id, error);
      },
      2,
    );
    if (gathered !== undefined) await gathered;
    if (sent.size > 0) await this.#follow(sent, view, failed, lane);
    await this.#lookAtFailed(failed);
    if (!hooks.watched("redistributionFinished")) return;
    const outcomes = children.map((one) => {
      const error = failed.get(one.id);
      return error === undefined ? one : { ...one, error };
    });
    const moved = total - failed.size;
    hooks.emit("redistributionFinished", { ...change, node: local.name, moved, failed: failed.size, children: outcomes });
  }

  /** True for an actor that takes its state along; else it begins anew. */
  #isHandedOver({ spec }: RegistryRecord): boolean {
    const { mode, carryState } = this.#ports.migrationOf(spec.actor);
    return mode === "handoff" || carryState;
  }

  /** Those that put off their moves are asked again when the first of them wants to be; all others that failed with the same code are one line. */
  async #lookAtFailed(failed: ReadonlyMap<ActorId, Error>): Promise<void> {
    const { clock } = this.#ports;
    let againMs = Number.POSITIVE_INFINITY;
    const alike = new Map<unknown, ActorId[]>();
    const looked = inSlices(clock, [...failed], (some) => {
      for (const [id, error] of some) {
        const ms = deferredMs(error);
        if (ms !== undefined) againMs = Math.min(againMs, ms);
        else gather(alike, "code" in error ? error.code : error.name, id);
      }
    });
    if (looked !== undefined) await looked;
    this.#hasDeferred = againMs < Number.POSITIVE_INFINITY;
    if (this.#hasDeferred) clock.setTimeout(() => this.soon(), againMs);
    for (const ids of alike.values()) this.#logFailed(ids, failed);
  }

  #logFailed(ids: readonly ActorId[], failed: ReadonlyMap<ActorId, Error>): void {
    const error = ids[0] === undefined ? undefined : failed.get(ids[0]);
    const which = ids.length === 1 ? `actor ${ids[0]} was` : `${namedActors(ids)} were`;
    this.#ports.hooks.log("warn", `${which} not redistributed: ${error?.message}`, error);
  }

  async #handOver(owners: ReadonlyMap<NodeName, readonly RegistryRecord[]>, lane: string): Promise<Map<ActorId, Error>> {
    const { mover, clock } = this.#ports;
    const sagas = [...owners].map(([owner, records]) =>
      mover.move(
        records.map(({ spec }) => spec.id),
        owner,
        undefined,
        { lane, why: "redistribution", once: true },
      ),
    );
    const outcomes = (await Promise.all(sagas)).flat();
    const turn = ownTurn(clock, outcomes.length);
    if (turn !== undefined) await turn;
    return errorsById(outcomes);
  }

  /** Members may have changed meanwhile: what went to a node where it does not belong any more goes on from there. */
  async #follow(
    sent: ReadonlyMap<NodeName, readonly RegistryRecord[]>,
    view: ClusterView,
    failed: ReadonlyMap<ActorId, Error>,
    lane: string,
  ): Promise<void> {
    const { ownership, mover, clock, checks } = this.#ports;
    if (ownership.view === view) return;
    const moves: Promise<unknown>[] = [];
    for (const [to, records] of sent) {
      const given = inSlices(clock, records, (some) => {
        const byNode = new Map<NodeName, ActorId[]>();
        for (const { spec } of some) {
          const owner = ownership.placement.owners({ ...spec, host: to }, 1)[0];
          if (owner !== undefined && owner !== to && !failed.has(spec.id)) gather(byNode, owner, spec.id);
        }
        for (const [owner, ids] of byNode) moves.push(mover.move(ids, owner, undefined, { lane }));
      });
      if (given !== undefined) await given;
    }
    if (moves.length > 0) checks.mark("redistributionFollowed");
    await Promise.all(moves);
  }

  /** Cold swap: an actor is stopped here, then started there, and never runs in both. If it cannot be started there, it starts here again. */
  async #swap(owners: ReadonlyMap<NodeName, readonly RegistryRecord[]>): Promise<Map<ActorId, Error>> {
    const failed = new Map<ActorId, Error>();
    const swaps = [...owners].map(([owner, records]) => this.#swapTo(owner, records, failed));
    await Promise.all(swaps);
    return failed;
  }

  async #swapTo(owner: NodeName, records: readonly RegistryRecord[], failed: Map<ActorId, Error>): Promise<void> {
    const { registry, requests, claims, settledMoves, hooks } = this.#ports;
    const all = records.map(({ spec }) => spec.id);
    hooks.emit("childrenMoving", { ids: all, to: owner });
    const told = toldMove(this.#ports.local.name, owner, () => all);
    for (const id of all) claims.beginSwap(id);
    registry.publish(records.map((record) => ({ op: "put", record: { ...record, state: "down" } })));
    await this.#stopAll(records);
    const down = this.#stopped(records, failed);
    const ids = down.map(({ spec }) => spec.id);
    const errors = await requests.ask(owner, { type: "adopt", records: down, decided: true, swapped: true }).then(
      (answer) => new Map(answer.errors.map(({ id, error }) => [id, fromWireError(error)])),
      (error: unknown) => new Map(ids.map((id) => [id, error instanceof Error ? error : new Error(String(error))])),
    );
    const moved = ids.filter((id) => !errors.has(id));
    settledMoves.settle(moved);
    told?.(moved.length);
    if (moved.length > 0) hooks.emit("childrenMoved", { ids: moved, to: owner });
    await Promise.all(down.filter(({ spec }) => errors.has(spec.id)).map((record) => this.#stay(record, owner, errors, failed)));
    for (const id of all) claims.endSwap(id);
  }

  /**
   * The actors that did stop, by their newest records: a move that failed meanwhile has raised the epoch. An actor that was moving to another
   * place could not be stopped, and runs there.
   */
  #stopped(records: readonly RegistryRecord[], failed: Map<ActorId, Error>): RegistryRecord[] {
    return records.flatMap((record): RegistryRecord[] => {
      const { id } = record.spec;
      const { registry } = this.#ports;
      const own = registry.own(id);
      if (own?.state === "down") return [own];
      // Its new place may have taken its record over by now.
      const there = own ?? registry.current(id);
      if (there === undefined) return [{ ...record, state: "down" }];
      const text = `actor ${id} was on its way to ${placeInWords(there.place)}, and goes on there`;
      failed.set(id, new HandoffFailed(text, { id, step: "seal" }));
      return [];
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
    const { registry, restarts } = this.#ports;
    const { id } = record.spec;
    this.#ports.checks.mark("swapTakenBack");
    const text = `actor ${id} could not be started on node ${owner}`;
    failed.set(id, new HandoffFailed(text, { id, step: "start" }, errors.get(id)));
    const { error, epoch } = await restarts.once(record, undefined, triesStride, true);
    if (error === undefined) return;
    const own = registry.own(id);
    // The actor was moving between two threads of this node and could not be stopped: it runs.
    if (error.code === "AlreadyStarted" && own !== undefined) {
      if (own.state === "down") registry.publish([{ op: "put", record: { ...own, state: "running" } }]);
    } else {
      // A late report may have given it another epoch since it was stopped.
      restarts.failed(own?.state === "down" ? own : record, error, epoch);
    }
  }
}

/** Those of a record for which `fits` holds, by owner. */
function only(
  owners: ReadonlyMap<NodeName, readonly RegistryRecord[]>,
  fits: (record: RegistryRecord) => boolean,
): Map<NodeName, readonly RegistryRecord[]> {
  const some = [...owners].map(([owner, records]) => [owner, records.filter(fits)] as const);
  return new Map(some.filter(([, records]) => records.length > 0));
}

/** Which other nodes came and went between two views. */
function changeOf(self: NodeName, past: ClusterView, now: ClusterView, hasDeferred: boolean): MembersChanged {
  const names = ({ nodes }: ClusterView): string[] => nodes.map(({ node }) => node);
  const [before, after] = [names(past), names(now)];
  const joined = after.filter((node) => node !== self && !before.includes(node));
  const left = before.filter((node) => !after.includes(node));
  const changed = joined.length > 0 ? (left.length > 0 ? "both" : "joined") : left.length > 0 ? "left" : undefined;
  return { cause: changed ?? (hasDeferred ? "deferred" : "threads"), joined, left, nodes: after };
}
