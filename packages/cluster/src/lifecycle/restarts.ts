/*
 * Starts actors again, and goes on trying, with growing pauses, while a start fails: here, and on the other nodes that may run the actor.
 * Without it a store that is away for three seconds would end every actor whose node happened to die just then.
 */
import {
  type ActorId,
  backoffMs,
  type Checks,
  type ChildSpec,
  type Clock,
  type Epoch,
  fromWireError,
  maxPauseMs,
  type NodeName,
  nodeLifeOf,
  nodeOf,
  type Random,
  type RegistryRecord,
  type ReplicaOrigin,
  type SpecUpdate,
  type Timer,
  toWireError,
  updatedSpec,
  type WireError,
} from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import type { StartReason } from "../events/hub-events.js";
import { type Inbox, Priority } from "../events/inbox.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Requests } from "../membership/requests.js";
import type { Claims } from "../placement/claims.js";
import type { Ownership } from "../placement/ownership.js";
import { epochStride } from "../registry/epochs.js";
import type { Registry } from "../registry/registry.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { NodeCounters } from "../threads/node-counters.js";
import { LostStates } from "./lost-states.js";
import type { Starter } from "./starter.js";

/** Errors that say that no actor began. After any other one the actor may have run for a moment, and moved. */
const neverBegan: ReadonlySet<string | number | undefined> = new Set([
  "StartFailed",
  "InvalidMessage",
  "Partitioned",
  "AlreadyStarted",
]);

/** Who starts actors, here and elsewhere, and where it is said that one waits. */
export interface RestartsPorts {
  readonly checks: Checks;
  readonly local: Pick<LocalNode, "name" | "main" | "state">;
  readonly clock: Clock;
  readonly random: Pick<Random, "next">;
  readonly inbox: Pick<Inbox, "push">;
  readonly hooks: Pick<Hooks, "emit" | "log">;
  readonly counters: Pick<NodeCounters, "count">;
  readonly gate: Pick<ServingGate, "mayAdopt" | "serves">;
  readonly registry: Pick<Registry, "own" | "current" | "isOver" | "freshEpoch" | "publish" | "lives"> & {
    readonly orphans: Pick<Registry["orphans"], "get">;
  };
  readonly claims: Claims;
  readonly ownership: Pick<Ownership, "view" | "placement" | "again">;
  readonly membership: Pick<Membership, "peer">;
  readonly requests: Pick<Requests, "ask">;
  readonly starter: Pick<Starter, "restart">;
  /** True where replicas of a kind receive the states of actors: a cold swap carries these too. */
  readonly standby: (actor: string) => boolean;
}

interface Waiting {
  /** With the epoch of the last try. */
  readonly record: RegistryRecord;
  /** How often it has failed. */
  readonly failures: number;
  /** This node's registry has `record`. */
  readonly published: boolean;
  /** True when the actor may have run under the epoch of the last try, or one near it. */
  readonly mayHaveRun: boolean;
  timer: Timer;
  trying: boolean;
}

/**
 * Starts actors again, under epochs above all they had. An actor whose start fails waits here for its next try: its record says so to all
 * nodes, so that its id is not free and its mail is held. It ends when the actor runs, anywhere, is stopped, or another node speaks for it.
 */
export class Restarts {
  readonly #ports: RestartsPorts;
  readonly #waiting = new Map<ActorId, Waiting>();
  readonly #lostStates: LostStates;

  constructor(ports: RestartsPorts) {
    this.#ports = ports;
    this.#lostStates = new LostStates(ports.hooks, ports.counters);
  }

  /** Starts an actor here, and tries again until it runs. `cause`: why it runs no more, for its event. Resolves with the error of the first try. */
  async start(
    record: RegistryRecord,
    cause: WireError | undefined,
    stride = strideAfter(record),
  ): Promise<WireError | undefined> {
    const { error, epoch } = await this.once(record, cause, stride);
    if (error !== undefined) this.failed(record, error, epoch);
    return error;
  }

  /**
   * Tries once to start an actor here, `stride` above its last epoch. `swapped`: it was stopped to go on elsewhere. Resolves with the error, if
   * there is one, and the epoch that was tried.
   */
  async once(
    record: RegistryRecord,
    cause: WireError | undefined,
    stride = strideAfter(record),
    swapped = false,
  ): Promise<{ readonly error: WireError | undefined; readonly epoch: Epoch }> {
    const { registry, starter, hooks, local, counters, claims } = this.#ports;
    const { spec, waiting } = record;
    const { id } = spec;
    claims.beginRestart(id);
    const epoch = Math.max(record.epoch + stride, registry.freshEpoch);
    const { error, replica } = await starter.restart(
      record,
      epoch,
      waiting?.anew === true || waiting?.fresh === true,
      reasonOf(record, swapped, local.name),
    );
    claims.endRestart(id);
    if (error !== undefined) return { error, epoch };
    // One that has never run does not run again.
    const why = waiting?.fresh === true ? undefined : (cause ?? waiting?.error);
    const told = { id, node: local.name, ...goesOnFrom(replica) };
    if (why !== undefined) {
      counters.count("restarts", 1);
      hooks.emit("childRestarted", { ...told, cause: fromWireError(why) });
    }
    if (this.#isLost(record, replica, swapped))
      this.#lostStates.tell({ ...told, ...(why === undefined ? {} : { cause: fromWireError(why) }) });
    return { error, epoch };
  }

  /** True when the actor was more than it goes on from: not after a crash of its own, nor a cold swap that is to carry nothing. */
  #isLost({ waiting, spec }: RegistryRecord, replica: ReplicaOrigin | undefined, swapped: boolean): boolean {
    // While it waited its record named the place of the node that tries, and replicas took it for there.
    if (replica !== undefined) return replica.earlier === true && waiting === undefined;
    return waiting?.anew !== true && waiting?.fresh !== true && (!swapped || this.#ports.standby(spec.actor));
  }

  /** A try at an actor failed, at this epoch: it is tried again, or has ended if it is temporary. */
  failed(record: RegistryRecord, error: WireError, epoch: Epoch): void {
    const { registry, hooks, local } = this.#ports;
    const { spec } = record;
    if (spec.restart !== "temporary") {
      if (local.state !== "closed" && this.#isOpen({ record, published: false })) this.#wait(record, error, 1, epoch);
      return;
    }
    // It starts when this side of the cut serves again, if its policy lets it.
    if (error.code === "Partitioned") return;
    registry.publish([{ op: "drop", id: spec.id, epoch: record.epoch, ended: true }]);
    hooks.emit("childStopped", { id: spec.id, reason: "not restarted", error: fromWireError(error) });
  }

  /** An actor of this node crashed, and its `init` failed when it was to begin anew. */
  crashed(record: RegistryRecord, error: WireError): void {
    const waiting = { attempts: 1, nextAtMs: 0, error, anew: true };
    this.#wait({ ...record, waiting }, error, 1, record.epoch + epochStride);
  }

  /** No node can run an actor that this one has admitted: it waits here until one can. */
  awaitNode(spec: ChildSpec, error: WireError): void {
    const { registry, local, claims, clock, hooks, checks } = this.#ports;
    const { id } = spec;
    const waiting = { attempts: 1, nextAtMs: clock.now() + maxPauseMs, error: brief(error), fresh: true };
    const life = registry.lives.first();
    const record = { spec, place: local.main, epoch: registry.freshEpoch, mode: "active", life, state: "down", waiting } as const;
    const timer = clock.setTimeout(() => this.#again(id), maxPauseMs);
    this.#waiting.set(id, { record, failures: 0, published: true, mayHaveRun: false, timer, trying: false });
    claims.beginWaiting(id, true);
    checks.mark("startAwaitsNode");
    registry.publish([{ op: "put", record }]);
    hooks.log("info", `actor ${id} waits for a node that can run it: ${error.message}`);
  }

  /** Nodes have come or gone: what waits for one is looked at again. */
  viewChanged(): void {
    for (const [id, { record, trying }] of this.#waiting) if (record.waiting?.fresh === true && !trying) this.#again(id);
  }

  /** Changes what is told of an actor that waits here for its next try. False while it is being tried. */
  redescribe(id: ActorId, update: SpecUpdate): boolean {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || waiting.trying || !waiting.published || !this.#isOpen(waiting)) return false;
    const record = { ...waiting.record, spec: updatedSpec(waiting.record.spec, update) };
    this.#waiting.set(id, { ...waiting, record });
    this.#ports.registry.publish([{ op: "put", record }]);
    return true;
  }

  /** A record of the actor has changed: it may run by now, or have ended, or be another node's to start. */
  look(id: ActorId): void {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined && !waiting.trying && !this.#isOpen(waiting)) this.#end(id);
  }

  close(): void {
    for (const id of [...this.#waiting.keys()]) this.#end(id);
  }

  /** Notes a failure, says it to all, and sets the time of the next try. A node that may not serve says nothing: others may have gone on. */
  #wait(record: RegistryRecord, error: WireError, failures: number, tried: Epoch): void {
    const { local, clock, random, registry, hooks, claims, checks } = this.#ports;
    const { id } = record.spec;
    const pauseMs = backoffMs(failures, random);
    const published = error.code !== "Partitioned";
    const anew = {
      ...(record.waiting?.anew === true ? { anew: true } : {}),
      ...(record.waiting?.fresh === true ? { fresh: true } : {}),
    };
    const waiting = { attempts: failures, nextAtMs: Math.round(clock.now() + pauseMs), error: brief(error), ...anew };
    const isHere = nodeLifeOf(record.place) === nodeLifeOf(local.main);
    const place = isHere ? record.place : local.main;
    const next = published ? { ...record, place, epoch: tried, state: "down" as const, waiting } : record;
    this.#waiting.get(id)?.timer.cancel();
    const timer = clock.setTimeout(() => this.#again(id), pauseMs);
    const mayHaveRun = !neverBegan.has(error.code);
    this.#waiting.set(id, { record: next, failures, published, mayHaveRun, timer, trying: false });
    claims.beginWaiting(id);
    if (!published) return;
    checks.mark("startFailedAndWaits");
    registry.publish([{ op: "put", record: next }]);
    const text = `actor ${id} could not be started (try ${failures}); it is tried again in ${Math.round(pauseMs)} ms: ${error.message}`;
    if (isPowerOfTwo(failures)) hooks.log("warn", text, fromWireError(error));
    const event = { id, node: local.name, attempt: failures, nextInMs: pauseMs, error: fromWireError(error) };
    hooks.emit("startFailing", event);
  }

  #arm(id: ActorId, waiting: Waiting, pauseMs: number): void {
    waiting.timer.cancel();
    waiting.timer = this.#ports.clock.setTimeout(() => this.#again(id), pauseMs);
  }

  #again(id: ActorId): void {
    this.#ports.inbox.push(Priority.recovery, () => {
      const waiting = this.#waiting.get(id);
      if (waiting === undefined || waiting.trying) return;
      const { gate, claims, local } = this.#ports;
      if (local.state === "closed" || !this.#isOpen(waiting)) this.#end(id);
      else if (!gate.serves || !gate.mayAdopt || claims.isPlacing(id) || claims.isStarting(id) || claims.isSwapping(id))
        this.#arm(id, waiting, maxPauseMs / 10);
      else void this.#try(id, waiting);
    });
  }

  async #try(id: ActorId, waiting: Waiting): Promise<void> {
    const { local, registry, claims } = this.#ports;
    const { record, failures, mayHaveRun } = waiting;
    const host = this.#hostFor(waiting);
    if (host === undefined) {
      this.#arm(id, waiting, maxPauseMs);
      return;
    }
    waiting.trying = true;
    const stride = mayHaveRun ? epochStride : strideAfter(record);
    const there = { error: undefined, epoch: Math.max(record.epoch + stride, registry.freshEpoch) };
    const { error, epoch } = await (host === local.name
      ? this.once(record, undefined, stride)
      : this.#there(host, record).then((failure) => ({ ...there, error: failure })));
    waiting.trying = false;
    if (this.#waiting.get(id) !== waiting) return;
    if (local.state === "closed" || !this.#isOpen(waiting)) this.#end(id);
    // The host has it, and its record is on its way here.
    else if (error === undefined) this.#arm(id, waiting, maxPauseMs);
    else if (error.code === "Partitioned" && waiting.published) this.#arm(id, waiting, backoffMs(failures, this.#ports.random));
    else this.#wait(record, error, failures + 1, epoch);
    this.#ports.checks.invariant(
      !claims.isRestarting(id),
      "a try to start an actor has ended when the next is planned",
      () => id,
    );
  }

  /** Asks another node to try once. */
  async #there(host: NodeName, record: RegistryRecord): Promise<WireError | undefined> {
    const { requests, claims, checks } = this.#ports;
    const { id } = record.spec;
    checks.mark("startTriedElsewhere");
    claims.beginPlacing(id);
    const asked = requests.ask(host, { type: "adopt", records: [record], decided: true });
    const errors = await asked.then(
      (answer) => answer.errors,
      (error: unknown) => [{ id, error: toWireError(error) }],
    );
    claims.endPlacing(id);
    return errors.find((each) => each.id === id)?.error;
  }

  /** The owner twice, then each of the nodes that may run it in turn; undefined when none is there. */
  #hostFor({ record: { spec, place }, failures }: Waiting): NodeName | undefined {
    const { ownership, membership, local } = this.#ports;
    const { placement, view } = ownership;
    const may = placement.owners(ownership.again(spec, place), view.nodes.length);
    const owners = may.filter((node) => node === local.name || membership.peer(node));
    return owners[failures < 2 ? 0 : (failures - 1) % owners.length];
  }

  /** False when the actor has ended, or runs, or another node speaks for it. */
  #isOpen({ record, published }: Pick<Waiting, "record" | "published">): boolean {
    const { registry } = this.#ports;
    const { id } = record.spec;
    if (registry.isOver(record)) return false;
    const known = registry.current(id) ?? registry.orphans.get(id);
    if (!published) return known === undefined || known.epoch <= record.epoch;
    const own = registry.own(id);
    return own?.state === "down" && own.epoch === record.epoch && known === own;
  }

  #end(id: ActorId): void {
    this.#waiting.get(id)?.timer.cancel();
    this.#waiting.delete(id);
    this.#ports.claims.endWaiting(id);
  }
}

function reasonOf({ place, waiting }: RegistryRecord, swapped: boolean, node: NodeName): StartReason {
  if (waiting?.fresh === true) return "start";
  if (waiting !== undefined) return "retry";
  if (swapped) return "swap";
  return nodeOf(place) === node ? "restart" : "takeOver";
}

/** What the events say of where an actor goes on from. */
function goesOnFrom(replica: ReplicaOrigin | undefined): { readonly from: "init" | "replica"; readonly handled?: number } {
  if (replica === undefined) return { from: "init" };
  return { from: "replica", ...(replica.handled === undefined ? {} : { handled: replica.handled }) };
}

/** How far above its last epoch an actor starts: far above where moves may have used some, just above where it never ran. */
function strideAfter({ waiting }: RegistryRecord): Epoch {
  return waiting === undefined ? epochStride : 1;
}

/** What all nodes need to know of an error. */
function brief({ name, code, message }: WireError): WireError {
  return { name, message: message.slice(0, 500), ...(code === undefined ? {} : { code }) };
}

function isPowerOfTwo(n: number): boolean {
  return (n & (n - 1)) === 0;
}
