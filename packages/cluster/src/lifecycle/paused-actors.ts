/*
 * Decides what becomes of this node's actors while it may not serve: they stay in their threads, end, or give way to a life elsewhere.
 * Without it a short stall would cost every state, or a long one would leave two lives of an actor.
 */
import {
  type ActorId,
  type Checks,
  type Clock,
  type Epoch,
  gather,
  type NodeName,
  Partitioned,
  type PlaceId,
  type RegistryRecord,
  refusal,
  toWireError,
} from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import type { Requests } from "../membership/requests.js";
import type { Claims } from "../placement/claims.js";
import type { Ownership } from "../placement/ownership.js";
import { FreshEpochs } from "../registry/epochs.js";
import type { Registry } from "../registry/registry.js";
import type { SettledMoves } from "../registry/settled-moves.js";
import type { PausedWork } from "../serving/partition.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { DuplicateResolution } from "./duplicate-resolution.js";
import type { Recovery } from "./recovery.js";

/** Errors after which a start is asked for again. */
const passing: ReadonlySet<string | number | undefined> = new Set(["Partitioned", "NodeDown", "HubClosed"]);

/** The records and threads of the paused actors, and who starts them again. */
export interface PausedActorsPorts {
  readonly checks: Checks;
  readonly node: NodeName;
  readonly stopTimeoutMs: number;
  readonly hooks: Pick<Hooks, "emit" | "log">;
  readonly registry: Pick<Registry, "recordsOf" | "own" | "others" | "freshEpoch" | "publish">;
  readonly settledMoves: Pick<SettledMoves, "settle">;
  readonly claims: Pick<Claims, "isSwapping" | "isWaiting">;
  readonly ownership: Pick<Ownership, "registrarFor">;
  readonly requests: Pick<Requests, "ask">;
  readonly group: Pick<ThreadGroup, "has" | "control" | "unlessBlocked">;
  readonly recovery: Pick<Recovery, "adopt" | "threadLost">;
  readonly duplicates: Pick<DuplicateResolution, "confirmed" | "giveWay">;
  readonly gate: Pick<ServingGate, "refusal">;
  readonly clock: Pick<Clock, "defer">;
  /** Gives actors that run here a new epoch. */
  readonly renumber: (records: readonly RegistryRecord[], epoch: Epoch) => void;
}

/**
 * This node's actors while it does not serve. Their records say "down", so that a life on another node counts. They stay in their threads,
 * where the lease keeps them from running, until they end or the node serves again. An actor that ran elsewhere meanwhile ends here.
 */
export class PausedActors implements PausedWork {
  readonly #ports: PausedActorsPorts;
  /** The actors that are still in their threads. */
  readonly #kept = new Map<ActorId, PlaceId>();
  /** Those of them that give way to a life elsewhere, as soon as its node says that it is there. */
  readonly #yielding = new Set<ActorId>();
  /** The actors that ended for the pause and are to start again. */
  readonly #stopped = new Set<ActorId>();
  readonly #epochs: FreshEpochs;
  #ending = 0;
  #asking = false;

  constructor(ports: PausedActorsPorts) {
    this.#ports = ports;
    const { registry, group, clock, renumber } = ports;
    this.#epochs = new FreshEpochs({ registry, clock, lives: (place) => group.has(place), renumber });
  }

  /** True when no actor is left that must end before this node may serve. */
  get ready(): boolean {
    return this.#ending === 0;
  }

  /** True for an actor that is paused in its thread. */
  keeps(id: ActorId): boolean {
    return this.#kept.has(id);
  }

  /** Pauses all actors of this node; `stop`: ends them too. Called again and again, since some arrive late. */
  quiesce(stop: boolean): void {
    const { registry, node } = this.#ports;
    const running = registry.recordsOf(node).filter(({ state }) => state === "running");
    registry.publish(running.map((record) => ({ op: "put", record: { ...record, state: "down" } })));
    for (const { spec, place } of running) this.#kept.set(spec.id, place);
    for (const id of [...this.#kept.keys()]) this.#look(id, stop);
  }

  /** An actor ended by itself in the pause. True when it was one of the kept actors. */
  ended(id: ActorId, epoch: Epoch): boolean {
    const { registry } = this.#ports;
    const own = registry.own(id);
    if (!this.#kept.has(id) || own?.state !== "down" || own.epoch > epoch) return false;
    this.#kept.delete(id);
    registry.publish([{ op: "drop", id, epoch, ended: true }]);
    return true;
  }

  /** An actor ended by itself in the pause, since it could not begin anew after a crash: it starts again after the pause. */
  failed(id: ActorId): void {
    this.#kept.delete(id);
  }

  /** Gives the kept actors fresh epochs. True when all have them; a later call may return that. An actor whose thread does not answer is stopped. */
  renumber(): boolean {
    const { registry } = this.#ports;
    const low = this.#epochs.lacking([...this.#kept.keys()].flatMap((id) => registry.own(id) ?? []));
    if (low.length > 0 && this.#epochs.inVain) for (const { spec } of low) this.#look(spec.id, true);
    return low.length === 0;
  }

  /** A member joined or left. */
  membersChanged(): void {
    this.#epochs.renew();
  }

  /** Kept actors that run nowhere else go on, with their state. */
  resume(): void {
    const { registry, node, group, claims, recovery, checks } = this.#ports;
    checks.invariant(this.ready, "a node serves again when all that are to end have ended");
    // Those that wait for their next start go on waiting.
    const down = registry.recordsOf(node).filter(({ spec, state }) => state === "down" && !claims.isWaiting(spec.id));
    const back = down.filter(({ spec, place }) => this.#kept.has(spec.id) && group.has(place));
    registry.publish(back.map((record) => ({ op: "put", record: { ...record, state: "running" } })));
    for (const { spec } of down) if (!this.#kept.has(spec.id) && !claims.isSwapping(spec.id)) this.#stopped.add(spec.id);
    const dead = down.filter(({ place }) => !group.has(place));
    for (const { spec } of dead) this.#stopped.delete(spec.id);
    for (const place of new Set(dead.map((record) => record.place))) recovery.threadLost(place);
    this.#kept.clear();
    this.membersChanged();
  }

  /** Stopped actors that run nowhere else start again, by their restart policy, at their owners, which decide whether they do. */
  async restart(): Promise<void> {
    if (this.#stopped.size === 0 || this.#asking) return;
    const { registry, node, ownership, requests, recovery, settledMoves, hooks } = this.#ports;
    const byOwner = new Map<NodeName, RegistryRecord[]>();
    for (const id of this.#stopped) {
      const own = registry.own(id);
      if (own?.state !== "down" || this.#rival(id, own) !== undefined) this.#stopped.delete(id);
      else if (own.spec.restart === "temporary") {
        this.#stopped.delete(id);
        registry.publish([{ op: "drop", id, epoch: own.epoch, ended: true }]);
        const error = new Partitioned(`actor ${id} is temporary, and its node was cut off`, { id });
        hooks.emit("childStopped", { id, reason: "not restarted", error });
      } else {
        // One that no member may run waits for a node that may.
        const owner = ownership.registrarFor(own.spec);
        if (owner !== undefined) gather(byOwner, owner, own);
      }
    }
    this.#asking = true;
    const asks = [...byOwner].map(async ([owner, records]) => {
      const answered =
        owner === node
          ? recovery.adopt(records, false)
          : requests.ask(owner, { type: "adopt", records, decided: false }).then(({ errors }) => errors);
      const errors = await answered.catch((error: unknown) =>
        records.map(({ spec }) => ({ id: spec.id, error: toWireError(error) })),
      );
      const open = new Set(errors.filter(({ error }) => passing.has(error.code)).map(({ id }) => id));
      const done = records.map(({ spec }) => spec.id).filter((id) => !open.has(id));
      for (const id of done) this.#stopped.delete(id);
      settledMoves.settle(done);
    });
    await Promise.all(asks);
    this.#asking = false;
  }

  #look(id: ActorId, stop: boolean): void {
    const { registry, group } = this.#ports;
    const own = registry.own(id);
    const place = own?.place ?? this.#kept.get(id);
    if (place === undefined) return;
    const rival = own === undefined ? undefined : this.#rival(id, own);
    if (own !== undefined && rival !== undefined) {
      if (!this.#yielding.has(id)) this.#end(this.#giveWay(id, rival));
    } else if (stop || own === undefined) {
      this.#kept.delete(id);
      if (own !== undefined && group.has(place)) this.#stopped.add(id);
      this.#end(this.#stop(place, id));
    }
  }

  /** Ends an actor that runs on another node, if that node says so: the one that says nothing may be dead, and this life the last. */
  async #giveWay(id: ActorId, rival: NodeName): Promise<void> {
    const { registry, duplicates } = this.#ports;
    this.#yielding.add(id);
    const isThere = await duplicates.confirmed(id, rival);
    this.#yielding.delete(id);
    const own = registry.own(id);
    if (!isThere || own === undefined || !this.#kept.has(id) || this.#rival(id, own) !== rival) return;
    this.#kept.delete(id);
    await duplicates.giveWay(own, rival);
  }

  /** The node that ran the actor meanwhile, if any: one that runs it now, before one that could not start it, or has let it go. */
  #rival(id: ActorId, own: RegistryRecord): NodeName | undefined {
    const others = this.#ports.registry.others(id).filter(({ record }) => record.state === "running" || record.epoch > own.epoch);
    const running = others.filter(({ record }) => record.state === "running");
    const [newest] = (running.length > 0 ? running : others).toSorted((a, b) => b.record.epoch - a.record.epoch);
    return newest?.author;
  }

  #end(work: Promise<void>): void {
    this.#ending++;
    void work.finally(() => {
      this.#ending--;
      this.#ports.checks.invariant(this.#ending >= 0, "an actor that ends for a pause ends once");
    });
  }

  async #stop(place: PlaceId, id: ActorId): Promise<void> {
    const { group, gate, stopTimeoutMs, hooks } = this.#ports;
    if (!group.has(place)) return;
    // Nobody stopped it: it begins again where it may.
    const { code, message, fields } = gate.refusal(`actor ${id} did not come to the message`, id);
    const stop = group.control(place).stop([id], stopTimeoutMs, false, refusal(code, message, fields));
    const stopped = group.unlessBlocked(place, stop);
    await stopped.catch((error: unknown) => hooks.log("warn", `actor ${id} did not stop well: ${String(error)}`, error));
  }
}
