/*
 * Keeps the replicas beside actors that run on other nodes, as the redundancy strategy plans them.
 * Without it an actor would have no second state to go on from, and nobody would end a replica that is no longer wanted.
 */
import {
  type ActorId,
  backoffMs,
  type Clock,
  type Epoch,
  fromWireError,
  gather,
  type Mode,
  type NodeName,
  nodeOf,
  type PlaceId,
  placeInWords,
  type Random,
  type RegistryChange,
  type RegistryRecord,
  type StandOrder,
  type StrategyPort,
  type Timer,
  type ToThreadFrame,
  TurnBatch,
  type WireError,
} from "@process-hub/protocol";
import { type AnswerTo, StrategyClient } from "@process-hub/strategies";
import type { Log } from "../events/hub-events.js";
import { type Inbox, Priority } from "../events/inbox.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Ownership } from "../placement/ownership.js";
import type { Standing, StandingReplicas } from "../placement/standing-replicas.js";
import { epochStride } from "../registry/epochs.js";
import type { Registry } from "../registry/registry.js";
import type { Relocation } from "../registry/relocations.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { Timings } from "../settings/settings.js";
import { failuresById, type ThreadGroup } from "../threads/thread-group.js";
import { type GivenRedundancy, type RedundancyChannel, RedundancyChannels } from "./redundancy-channels.js";
import { hasStopped, type Stopper } from "./stopper.js";

const planSize = 1_000;

/**
 * The record of the actor that a replica here stands beside; "none": there must be no replica here; "as it is": the actor's fate is not known yet.
 */
type Beside = RegistryRecord | "none" | "as it is";

/** How many standbys an actor is to have at most, each on one of these nodes; some cannot keep the states of some kinds. */
export type StandbyPlan = Omit<Extract<ToThreadFrame, { type: "standbyPlan" }>, "type">;

/** The plan, the records and the threads that replicas are kept by. */
export interface ReplicasPorts {
  readonly local: Pick<LocalNode, "name" | "state">;
  readonly clock: Clock;
  readonly random: Pick<Random, "next">;
  readonly timings: Pick<Timings, "batchWindowMs" | "stopTimeoutMs" | "suspectAfterMs">;
  /** True where passive replicas keep the state of their actor. */
  readonly standby: boolean;
  /** True where what an actor sends waits until standbys have its state. */
  readonly acknowledged: boolean;
  /** Tells the threads of this node how many standbys each actor is to have, and where. */
  readonly tellStandbyPlan: (plan: StandbyPlan) => void;
  /** The port by which the redundancy strategy is asked. */
  readonly strategy: StrategyPort;
  /** The kinds with a redundancy strategy of their own; absent: there are none. */
  readonly kinds?: ReadonlyMap<string, GivenRedundancy>;
  readonly badFrame: (error: unknown) => void;
  readonly inbox: Pick<Inbox, "push">;
  readonly log: Log;
  readonly ownership: Pick<Ownership, "view" | "placement" | "kinds">;
  readonly registry: Pick<Registry, "current" | "own" | "ids" | "freshEpoch" | "publish"> & {
    readonly orphans: Pick<Registry["orphans"], "has">;
    readonly replicaRecords: Pick<Registry["replicaRecords"], "at">;
  };
  readonly standing: StandingReplicas;
  readonly group: Pick<ThreadGroup, "has" | "control" | "placeFor">;
  readonly gate: Pick<ServingGate, "paused">;
  readonly stopper: Pick<Stopper, "stop">;
  readonly isDown: (place: PlaceId) => boolean;
  /** Gives an actor that runs here an epoch above another. */
  readonly raiseEpochAbove: (record: RegistryRecord, epoch: Epoch) => void;
  /** Tells the senders of this node where actors are. */
  readonly relocated: (actors: readonly Relocation[]) => void;
}

/**
 * The replicas that this node keeps beside actors which run elsewhere. The actor itself has a record, moves and restarts as without
 * replicas. Each node decides for itself, from the registry and the view, which of the other replicas it keeps. So no node has to be told,
 * and a node that was cut off comes to the same decision.
 */
export class Replicas {
  readonly #ports: ReplicasPorts;
  /** The epochs of active replicas that served this node's senders: if the actor itself comes here, it must run under a higher epoch. */
  readonly #served = new Map<ActorId, Epoch>();
  /** The actors to look at when the batch window is over. */
  #open = new Set<ActorId>();
  /** The actors to look at now, as they stand still while they have no standby. */
  readonly #urgent = new TurnBatch<ActorId>((ids) => this.#ports.inbox.push(Priority.recovery, () => this.#look(new Set(ids))));
  /** The members when it was last looked at every actor. */
  #members: readonly NodeName[] = [];
  /** The actors whose replicas must ask for their state again, though they stand as planned, as soon as it is known where these run. */
  readonly #anew = new Set<ActorId>();
  /** The replicas to end, before that window: the state of an actor that has ended must not be taken for its next life's. */
  readonly #ended = new TurnBatch<ActorId>((ids) => this.#end(new Set(ids)));
  /** The replicas that are to ask their actors to be let go. */
  readonly #retiring = new TurnBatch<ActorId>((ids) => this.#retire(new Set(ids)));
  readonly #working = new Map<PlaceId, Promise<void>>();
  /** The replicas that could not begin: how often in a row, and the next try. */
  readonly #failing = new Map<ActorId, { readonly failures: number; readonly timer: Timer }>();
  /** What the strategy was asked last has no answer then, and is no failure. */
  #isClosed = false;
  #timer: Timer | undefined;

  readonly #channels: RedundancyChannels;

  constructor(ports: ReplicasPorts) {
    this.#ports = ports;
    const { kinds = new Map<string, GivenRedundancy>(), clock, timings, badFrame } = ports;
    this.#channels = new RedundancyChannels(
      ports,
      kinds,
      (port) => new StrategyClient({ family: "redundancy", port, clock, deadlineMs: timings.suspectAfterMs, badFrame }),
    );
  }

  /** Members came or went: looks at every actor, and has each replica follow its actor anew, as the actor's node may have lost sight of it. */
  viewChanged(): void {
    const { ownership, registry, standing, local, log } = this.#ports;
    const answered = (channel: RedundancyChannel, replicas: number): void => {
      channel.size = replicas;
      if (this.#channels.anyStandby) this.#ports.tellStandbyPlan(this.standbyPlan);
      if (!this.#any) return;
      for (const id of standing.ids()) this.#anew.add(id);
      for (const id of new Set([...registry.ids(), ...standing.ids()])) {
        if (isLoss) this.#lookAt(id);
        else this.#again(id);
      }
    };
    if (local.state === "closed") return;
    const members = ownership.view.nodes.map(({ node }) => node);
    const isLoss = this.#members.some((node) => !members.includes(node));
    this.#members = members;
    const failed = (error: Error): void => {
      if (this.#isClosed) return;
      log("error", `the redundancy strategy failed to say how many replicas to keep: ${error.message}`, error);
    };
    for (const channel of this.#channels.all)
      channel.client.ask({ type: "size", view: ownership.view }, ({ replicas }) => answered(channel, replicas), failed);
  }

  /** How many standbys each actor of this node is to have, and on which nodes, as these are now. */
  get standbyPlan(): StandbyPlan {
    const { ownership, local } = this.#ports;
    const nodes = ownership.view.nodes.map(({ node }) => node).filter((node) => node !== local.name);
    const unfit = nodes.map((node) => ({ node, kinds: ownership.kinds.unfitOn(node, local.name) }));
    return { ...this.#channels.most, nodes, unfit: unfit.filter(({ kinds }) => kinds.length > 0) };
  }

  /** A thread keeps what actors had that went from it, or ended there to go on: that is a replica, until others have as much. */
  kept(actors: readonly { readonly id: ActorId; readonly epoch: Epoch; readonly place: PlaceId }[], place: PlaceId): void {
    const { standing, registry } = this.#ports;
    for (const { id, epoch, place: active } of actors) {
      standing.set(id, { place, active, mode: "passive", epoch, stands: true, left: true });
      this.#again(id);
    }
    registry.publish(
      actors.map(({ id, epoch }) => ({ op: "stand", replicaRecord: { id, place, epoch, mode: "passive" as const } })),
    );
  }

  /** True when a replica here is needed: its actor runs elsewhere, and has not let it go. A node that leaves waits for that. */
  get areNeeded(): boolean {
    const { standing, registry } = this.#ports;
    return [...standing.ids()].some((id) => registry.current(id)?.state === "running");
  }

  /** The actors of replicas that were to retire have let them go. */
  retired(ids: readonly ActorId[], place: PlaceId): void {
    for (const id of ids) {
      const standing = this.#ports.standing.get(id);
      if (standing?.place !== place || standing.retirement !== "asked") continue;
      standing.retirement = "granted";
      this.#again(id);
    }
  }

  /** A record of an actor changed. */
  recordChanged(id: ActorId): void {
    if (!this.#any) return;
    this.#raiseEpochAbove(id);
    const standing = this.#ports.standing.get(id);
    if (standing !== undefined) {
      const beside = this.#beside(id);
      if (beside === "none") this.#endSoon(id);
      else if (beside !== "as it is" && !this.#follows(beside, standing.mode)) this.#order([{ beside, mode: standing.mode }]);
    }
    this.#lookAt(id);
  }

  /** A thread of this node died, and its replicas with it. */
  threadDied(place: PlaceId): void {
    const { standing, registry } = this.#ports;
    const lost = standing.at(place);
    for (const id of lost) {
      standing.delete(id);
      this.#open.add(id);
    }
    registry.publish(lost.map((id) => ({ op: "unstand", id })));
    if (lost.length > 0) this.#soon();
  }

  /** The node leaves: nothing more is planned. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const { timer } of this.#failing.values()) timer.cancel();
    this.#channels.close();
  }

  /**
   * A thread reports the end of a life under an epoch. True when that was a replica. A replica that was `replaced` by the actor itself is
   * looked at again, in case the actor does not stay. One that could not begin is tried again; one that crashed too often stands again when
   * members change. One that stopped itself stops the actor; if that fails it stands again, as the actor goes on.
   */
  replicaEnded(id: ActorId, place: PlaceId, epoch: Epoch, reason: string): boolean {
    const { registry } = this.#ports;
    const standing = this.#ports.standing.get(id);
    if (standing?.mode !== "active" || standing.place !== place || standing.epoch !== epoch) return false;
    this.#ports.standing.delete(id);
    registry.publish([{ op: "unstand", id }]);
    // An order to follow its actor elsewhere, which came upon its end, has begun it anew, or will.
    this.#unstand(place, [{ id, epoch }]);
    if (reason === "replaced") this.#again(id);
    else if (reason === "not begun") this.#failed(id, undefined);
    else if (reason !== "crashed") void this.#stopActor(id);
    return true;
  }

  async #stopActor(id: ActorId): Promise<void> {
    const { stopper, timings, log } = this.#ports;
    const [outcome] = await stopper.stop([id], timings.stopTimeoutMs);
    if (outcome?.error === undefined || hasStopped(outcome)) return;
    const error = fromWireError(outcome.error);
    log("warn", `actor ${id} was to stop, as its replica on this node did, and goes on: ${error.message}`, error);
    this.#again(id);
  }

  /** Raises the epoch of an actor that came here above its replica's: routes of senders that led to the replica do not turn to a lower epoch. */
  #raiseEpochAbove(id: ActorId): void {
    const { registry, raiseEpochAbove } = this.#ports;
    const served = this.#served.get(id);
    const own = served === undefined ? undefined : registry.own(id);
    if (served === undefined || own?.state !== "running") return;
    this.#served.delete(id);
    if (own.epoch < served) raiseEpochAbove(own, served);
  }

  #soon(): void {
    const { clock, timings, inbox } = this.#ports;
    this.#timer ??= clock.setTimeout(() => {
      this.#timer = undefined;
      inbox.push(Priority.recovery, () => {
        const open = this.#open;
        this.#open = new Set();
        this.#look(open);
      });
    }, timings.batchWindowMs / 2);
  }

  /** Looks at an actor that may lack a standby: at once where what it sends waits for one, else when the batch window is over. */
  #lookAt(id: ActorId): void {
    const actor = this.#ports.registry.current(id)?.spec.actor;
    if (actor !== undefined && this.#channels.of(actor).acknowledged) this.#urgent.add(id);
    else this.#again(id);
  }

  /** True when there are replicas, or are to be. Without redundancy this room does no work. */
  get #any(): boolean {
    return this.#channels.all.some(({ size }) => size > 1) || this.#ports.standing.any;
  }

  #look(ids: ReadonlySet<ActorId>): void {
    if (this.#ports.local.state === "starting") {
      for (const id of ids) this.#again(id);
      return;
    }
    const records: RegistryRecord[] = [];
    for (const id of ids) {
      const beside = this.#beside(id);
      if (beside === "none") {
        this.#forget(id);
        this.#anew.delete(id);
        this.#endSoon(id);
      } else if (beside !== "as it is") records.push(beside);
    }
    const byChannel = new Map<RedundancyChannel, RegistryRecord[]>();
    for (const record of records) gather(byChannel, this.#channels.of(record.spec.actor), record);
    for (const [channel, some] of byChannel)
      for (let i = 0; i < some.length; i += planSize) this.#plan(channel, some.slice(i, i + planSize));
  }

  #beside(id: ActorId): Beside {
    const { registry, local, isDown } = this.#ports;
    const record = registry.current(id);
    // A node that leaves keeps what it has until others have it, or it is gone.
    const hasStates = record === undefined ? this.#channels.anyStandby : this.#channels.of(record.spec.actor).standby;
    if (local.state !== "up" && !(local.state === "closing" && hasStates)) return "none";
    if (record === undefined) return registry.orphans.has(id) ? "as it is" : "none";
    if (registry.own(id)?.state === "running") return "none";
    const isHere = nodeOf(record.place) === local.name;
    return record.state !== "running" || isHere || isDown(record.place) ? "as it is" : record;
  }

  /** Asks the strategy which replicas to keep, with the actor's own node before all owners, and keeps those planned for this node. */
  #plan({ client, size }: RedundancyChannel, records: readonly RegistryRecord[]): void {
    const { ownership, local, log, gate } = this.#ports;
    const { placement, view } = ownership;
    const children = records.flatMap(({ spec, place }) => {
      const host = nodeOf(place);
      const child = { ...spec, host };
      const owners = placement.owners(child, size);
      // A strategy that fails ends no replica.
      if (owners.length === 0 && placement.failureOf(child) !== undefined) return [];
      return [{ id: spec.id, owners: [host, ...owners.filter((owner) => owner !== host)] }];
    });
    const byId = new Map(records.map((record) => [record.spec.id, record]));
    const answered = (answer: AnswerTo<"redundancy", "plan">): void => {
      const orders: { readonly beside: RegistryRecord; readonly mode: Mode }[] = [];
      for (const { id, replicas: planned } of answer.children) {
        const beside = this.#beside(id);
        const mode = planned.find((replica) => replica.node === local.name)?.mode;
        if (typeof beside === "string" || beside.place !== byId.get(id)?.place) this.#again(id);
        else if (mode === undefined) {
          // A paused node is in no view, its own included: it keeps what it has, and looks again when it serves.
          if (!gate.paused) this.#retireSoon(beside.spec, this.#anew.delete(id));
        } else if (mode !== (this.#ports.standing.get(id)?.mode ?? mode)) {
          this.#endSoon(id);
          this.#again(id);
        } else if (this.#anew.has(id) || !this.#stands(beside, mode)) orders.push({ beside, mode });
      }
      this.#order(orders);
    };
    client.ask({ type: "plan", view, children }, answered, (error) => {
      if (this.#isClosed) return;
      log("error", `the redundancy strategy failed to say which replicas to keep: ${error.message}`, error);
      for (const { spec } of records) this.#again(spec.id);
    });
  }

  #again(id: ActorId): void {
    this.#open.add(id);
    this.#soon();
  }

  #order(orders: readonly { readonly beside: RegistryRecord; readonly mode: Mode }[]): void {
    const { group, registry, standing } = this.#ports;
    const byPlace = new Map<PlaceId, StandOrder[]>();
    const ordered = new Map<ActorId, Standing>();
    for (const { beside, mode } of orders) {
      const { spec, place: active } = beside;
      const known = standing.get(spec.id);
      const epoch = mode === "passive" ? beside.epoch : (known?.epoch ?? registry.freshEpoch + epochStride);
      const place = standing.placeOf(spec.id) ?? group.placeFor(spec.id);
      // All threads of this node are being replaced.
      if (place === undefined) this.#again(spec.id);
      else {
        const stands = { place, active, mode, epoch, stands: known?.stands === true };
        standing.set(spec.id, stands);
        this.#anew.delete(spec.id);
        ordered.set(spec.id, stands);
        gather(byPlace, place, { spec, active, epoch, mode });
      }
    }
    for (const [place, some] of byPlace) this.#then(place, () => this.#stand(place, some, ordered));
  }

  /** Whether a replica stands as it is planned to: it has begun, and is not asked to go. */
  #stands(record: RegistryRecord, mode: Mode): boolean {
    const standing = this.#ports.standing.get(record.spec.id);
    return this.#follows(record, mode) && standing?.left !== true && standing?.retirement === undefined;
  }

  /** Whether a replica follows this stay of the actor: one that came back to where it was knows no follower of its earlier stay. */
  #follows({ spec, place, epoch }: RegistryRecord, mode: Mode): boolean {
    const standing = this.#ports.standing.get(spec.id);
    if (standing?.active !== place || standing.mode !== mode) return false;
    return mode === "active" || standing.epoch === epoch;
  }

  /** Does one piece of work after the other at each thread, so that records of replicas come in the order of the work. */
  #then(place: PlaceId, work: () => Promise<unknown>): void {
    const { log } = this.#ports;
    const before = this.#working.get(place) ?? Promise.resolve();
    const done = before
      .then(work)
      .then(() => {})
      .catch((error: unknown) => log("warn", `replicas on ${placeInWords(place)} could not be kept: ${String(error)}`, error))
      .finally(() => this.#working.get(place) === done && this.#working.delete(place));
    this.#working.set(place, done);
  }

  /** `ordered`: the standing that each order made; a later order of the same actor makes another. */
  async #stand(place: PlaceId, all: readonly StandOrder[], ordered: ReadonlyMap<ActorId, Standing>): Promise<void> {
    const { group, registry, local, relocated } = this.#ports;
    // What was ordered anew, or ended, while the work before this was slow is not begun any more.
    const orders = all.filter(({ spec: { id } }) => this.#ports.standing.get(id) === ordered.get(id));
    if (orders.length === 0) return;
    const isNew = orders.filter(({ spec, epoch, mode }) => {
      const said = registry.replicaRecords.at(local.name, spec.id);
      // A replica that ended just now, and was ordered again before its end was recorded, had another epoch.
      return said?.place !== place || said.mode !== mode || (mode === "active" && said.epoch !== epoch);
    });
    const ids = orders.map(({ spec }) => spec.id);
    const failed = failuresById(ids, await group.control(place).stand(orders));
    for (const [id, error] of failed) {
      // Ordered anew meanwhile: what comes of that counts.
      if (this.#ports.standing.get(id) !== ordered.get(id)) continue;
      this.#ports.standing.delete(id);
      // The record of an earlier replica, whose end waited for this order, is over as well.
      registry.publish([{ op: "unstand", id }]);
      // The actor itself ran there until now, and is about to end.
      if (error.code === "AlreadyStarted") this.#again(id);
      else this.#failed(id, error);
    }
    const kept = isNew.filter(({ spec }) => !failed.has(spec.id) && this.#ports.standing.get(spec.id)?.place === place);
    registry.publish(
      kept.map(({ spec, epoch, mode }): RegistryChange => ({ op: "stand", replicaRecord: { id: spec.id, place, epoch, mode } })),
    );
    for (const { spec } of kept) {
      this.#forget(spec.id);
      const standing = this.#ports.standing.get(spec.id);
      if (standing !== undefined) standing.stands = true;
    }
    const near = kept.flatMap(({ spec, epoch, mode }) => (mode === "active" ? [{ id: spec.id, epoch, place }] : []));
    for (const { id, epoch } of near) this.#served.set(id, epoch);
    if (near.length > 0) relocated(near);
  }

  /** A replica could not begin, as its `init` failed, say: it is tried again, after a pause that grows. */
  #failed(id: ActorId, error: WireError | undefined): void {
    const { clock, random, log, local } = this.#ports;
    if (local.state === "closed") return;
    const failures = (this.#failing.get(id)?.failures ?? 0) + 1;
    const pauseMs = backoffMs(failures, random);
    this.#forget(id);
    this.#failing.set(id, { failures, timer: clock.setTimeout(() => this.#again(id), pauseMs) });
    if (error === undefined || !Number.isInteger(Math.log2(failures))) return;
    const text = `no replica of actor ${id} is kept here (try ${failures}); it is tried again in ${Math.round(pauseMs)} ms: ${error.message}`;
    log("warn", text, fromWireError(error));
  }

  #forget(id: ActorId): void {
    this.#failing.get(id)?.timer.cancel();
    this.#failing.delete(id);
  }

  /** The plan has no replica here any more: a passive one is kept until its actor lets it go, since others have what it has. */
  #retireSoon({ id, actor }: RegistryRecord["spec"], again: boolean): void {
    const standing = this.#ports.standing.get(id);
    if (standing === undefined) return;
    if (standing.mode === "active" || !this.#channels.of(actor).standby || standing.retirement === "granted") this.#endSoon(id);
    else if (again || standing.retirement === undefined) this.#retiring.add(id);
  }

  #retire(ids: ReadonlySet<ActorId>): void {
    const { standing: all, group } = this.#ports;
    const byPlace = new Map<PlaceId, ActorId[]>();
    for (const id of ids) {
      const standing = all.get(id);
      if (standing === undefined) continue;
      standing.retirement = "asked";
      gather(byPlace, standing.place, id);
    }
    for (const [place, some] of byPlace)
      this.#then(place, async () => group.has(place) && (await group.control(place).retire(some)));
  }

  /** Ends of one turn travel together. */
  #endSoon(id: ActorId): void {
    if (this.#ports.standing.get(id) !== undefined) this.#ended.add(id);
  }

  #end(ended: ReadonlySet<ActorId>): void {
    const { standing: all } = this.#ports;
    const byPlace = new Map<PlaceId, { readonly id: ActorId; readonly epoch: Epoch }[]>();
    for (const id of ended) {
      const standing = all.get(id);
      if (standing === undefined) continue;
      all.delete(id);
      gather(byPlace, standing.place, { id, epoch: standing.epoch });
    }
    for (const [place, some] of byPlace) this.#unstand(place, some);
  }

  #unstand(place: PlaceId, some: { readonly id: ActorId; readonly epoch: Epoch }[]): void {
    const { group, registry, standing } = this.#ports;
    this.#then(place, async () => {
      if (group.has(place)) await group.control(place).unstand(some);
      const over = some.filter(({ id }) => standing.get(id) === undefined);
      registry.publish(over.map(({ id }) => ({ op: "unstand", id })));
    });
  }
}
