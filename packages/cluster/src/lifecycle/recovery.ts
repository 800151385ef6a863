/*
 * How actors come back after a death: those of a dead thread on its next life, those of a dead node (orphans) on their new owners.
 * Without it a crash would take what it hosted for good; done twice, an actor would run in two places.
 */
import {
  type ActorId,
  after,
  type Checks,
  type Clock,
  type Epoch,
  fromWireError,
  gather,
  NodeDown,
  type NodeName,
  nodeOf,
  type PlaceId,
  placeFields,
  placeInWords,
  type RegistryRecord,
  ThreadExited,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import { type Inbox, Priority } from "../events/inbox.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Requests } from "../membership/requests.js";
import type { Claims } from "../placement/claims.js";
import type { Ownership } from "../placement/ownership.js";
import { EndedLives } from "../registry/ended-lives.js";
import { epochStride, maxTries } from "../registry/epochs.js";
import type { Registry } from "../registry/registry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { Timings } from "../settings/settings.js";
import type { NodeCounters } from "../threads/node-counters.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { ThreadReplacement } from "../threads/thread-replacement.js";
import type { Starter } from "./starter.js";

const pauseMs = 100;

/** What a recovery needs: what is known of the dead, and who starts actors again. */
export interface RecoveryPorts {
  readonly checks: Checks;
  readonly local: Pick<LocalNode, "name" | "state">;
  readonly clock: Clock;
  readonly timings: Pick<Timings, "batchWindowMs" | "handoffTimeoutMs" | "deliveryMs">;
  readonly inbox: Pick<Inbox, "push">;
  readonly hooks: Pick<Hooks, "emit">;
  readonly counters: Pick<NodeCounters, "count">;
  readonly gate: Pick<ServingGate, "mayAdopt">;
  readonly registry: Registry;
  readonly sync: Pick<RegistrySync, "isCertain">;
  readonly claims: Claims;
  readonly ownership: Pick<Ownership, "registrarFor" | "hostFor" | "view">;
  readonly membership: Pick<Membership, "peer">;
  readonly requests: Pick<Requests, "ask">;
  readonly group: Pick<ThreadGroup, "has">;
  readonly replacement: Pick<ThreadReplacement, "awaits" | "replace">;
  readonly starter: Pick<Starter, "restart">;
  readonly isDown: (place: PlaceId) => boolean;
  /** Has an actor that runs here go on under an epoch. */
  readonly renumber: (record: RegistryRecord, epoch: Epoch) => void;
}

/** Brings back what died: actors of dead threads on a new thread, actors of dead nodes on their new owners. */
export class Recovery {
  /** What was restarted lately. */
  readonly ended: EndedLives;
  readonly #ports: RecoveryPorts;
  /** An offer of the orphans is due: each death has one after it. */
  #offers = false;
  /** As long as there are orphans they are looked at again, and again. */
  #looksAgain = false;

  constructor(ports: RecoveryPorts) {
    this.#ports = ports;
    this.ended = new EndedLives(ports.clock, ports.timings.deliveryMs);
  }

  /** A thread of this node died: a new one takes its index, and its actors start there again, unless they are stopped meanwhile. */
  threadDied(index: number, place: PlaceId, cause: Error): void {
    const { registry, inbox, local, replacement } = this.#ports;
    const dead = registry.recordsOf(local.name).filter((record) => record.place === place);
    const down = dead.map((record): RegistryRecord => ({ ...record, state: "down" }));
    registry.publish(down.map((record) => ({ op: "put", record })));
    replacement.awaits(index);
    inbox.push(Priority.recovery, () => {
      void replacement.replace(index).then(async () => {
        const still = down.filter(({ spec, epoch }) => {
          const own = registry.own(spec.id);
          return own?.state === "down" && own.epoch === epoch;
        });
        await this.#restart([...still, ...this.#at(place)], toWireError(cause));
      });
    });
  }

  /** Records name a thread of this node that is no more: what they stand for starts again. */
  threadLost(place: PlaceId): void {
    const cause = toWireError(new ThreadExited(`${placeInWords(place)} has ended`, placeFields(place)));
    this.#ports.inbox.push(Priority.recovery, () => void this.#restart(this.#at(place), cause));
  }

  /** An actor that was handed to this node never ran here: it starts again by its policy. */
  arrivalLost(record: RegistryRecord, cause: WireError): void {
    this.#ports.checks.mark("arrivalLost");
    this.#ports.inbox.push(Priority.recovery, () => void this.#restart([record], cause, true));
  }

  /** An actor that runs here goes on under an epoch above `epoch`: else what is left of another life's way would pass it later. */
  raiseEpochAbove(record: RegistryRecord, epoch: Epoch): void {
    this.#ports.checks.mark("epochRaised");
    this.#ports.renumber(record, epoch + epochStride);
  }

  /** Starts the orphans that are this node's by the ring as it is now. */
  adoptOrphans(): void {
    const { registry, inbox, local, clock, timings, gate } = this.#ports;
    if (registry.orphans.size === 0 || local.state !== "up" || !gate.mayAdopt) return;
    inbox.push(Priority.recovery, () => this.#adoptMine(false));
    if (!this.#offers) {
      this.#offers = true;
      clock.setTimeout(() => {
        this.#offers = false;
        this.#offerOrphans(false);
      }, timings.batchWindowMs * 2);
    }
    if (this.#looksAgain) return;
    this.#looksAgain = true;
    clock.setTimeout(() => {
      this.#looksAgain = false;
      this.#adoptMine(true);
      this.#offerOrphans(true);
      this.adoptOrphans();
    }, timings.handoffTimeoutMs * 2);
  }

  /** Starts actors that another node gives up (`decided`: here), or found without a home. Errors by id. */
  async adopt(records: readonly RegistryRecord[], decided: boolean): Promise<{ id: ActorId; error: WireError }[]> {
    if (!decided) {
      for (const record of records) if (this.#registrarFor(record) === undefined) this.#ports.registry.orphans.told(record);
    }
    const failed = await (decided
      ? this.#restart(records, undefined)
      : this.#place(
          records.filter((record) => !this.#seenRunning(record)),
          undefined,
        ));
    return [...failed].map(([id, error]) => ({ id, error }));
  }

  /**
   * One that was on its way to a node that lives is that node's to start or to report lost, for a while;
   * `all`: the while is over.
   */
  #adoptMine(all: boolean): void {
    const { registry, local, sync, gate } = this.#ports;
    // Who took over before its old node died may have told one that died as well: comes again when this node is certain.
    if (local.state !== "up" || !sync.isCertain || !gate.mayAdopt) return;
    const mine: RegistryRecord[] = [];
    for (const record of [...registry.orphans.values()]) {
      if (!all && record.state === "moved" && this.#isAlive(record.place)) continue;
      // Who decides may be the next life of the node that died, and never have heard of it: who handed it over there says that it ended.
      const handedOver = record.spec.restart === "temporary" && registry.own(record.spec.id)?.state === "moved";
      if (handedOver || this.#registrarFor(record) === local.name) mine.push(record);
      // Nobody starts it again, and who decides may never have heard of it: each node lets go of it by itself.
      else if (record.spec.restart === "temporary") registry.release(record.spec.id);
    }
    if (mine.length > 0) this.#ports.checks.mark("orphanAdopted");
    if (mine.length > 0) void this.#place(mine, toWireError(new NodeDown("its node went down")));
  }

  /** Actors that wait for their nodes are unknown to a newcomer, which may be the last one left to tell of them. */
  tellWhoWaits(newcomer: NodeName): void {
    const { registry, requests, local } = this.#ports;
    const records = [...registry.orphans.values()].filter((record) => this.#registrarFor(record) === undefined);
    if (records.length > 0 && local.state === "up")
      requests.ask(newcomer, { type: "adopt", records, decided: false }).catch(() => {});
  }

  /** Who decides what becomes of an orphan; nobody while it waits for its node. One that is not restarted waits for none. */
  #registrarFor({ spec }: RegistryRecord): NodeName | undefined {
    const { ownership } = this.#ports;
    return ownership.registrarFor(spec) ?? (spec.restart === "temporary" ? ownership.view.nodes[0]?.node : undefined);
  }

  /** Starts orphans that are this node's to decide about: here, or where the distribution wants them. Errors by id. */
  async #place(records: readonly RegistryRecord[], cause: WireError | undefined): Promise<Map<ActorId, WireError>> {
    const { ownership, local, requests, claims } = this.#ports;
    const node = local.name;
    const byHost = new Map<NodeName, RegistryRecord[]>();
    for (const record of records) {
      const { id, restart } = record.spec;
      const host = restart === "temporary" ? node : ownership.hostFor(record.spec);
      if (host === node) gather(byHost, node, record);
      else if (host !== undefined && !claims.isPlacing(id) && !claims.isStarting(id) && !this.#runs(record))
        gather(byHost, host, record);
    }
    const failed = new Map<ActorId, WireError>();
    const parts = [...byHost].map(async ([host, some]) => {
      if (host === node) {
        for (const [id, error] of await this.#restart(some, cause)) failed.set(id, error);
        return;
      }
      this.#ports.checks.mark("orphanPlacedElsewhere");
      for (const { spec } of some) claims.beginPlacing(spec.id);
      const asked = requests.ask(host, { type: "adopt", records: some, decided: true });
      // One that could not be asked is looked at again with the next change, or the next look.
      const errors = await asked.then(
        (answer) => answer.errors,
        () => [],
      );
      for (const { id, error } of errors) failed.set(id, error);
      for (const { spec } of some) claims.endPlacing(spec.id);
    });
    await Promise.all(parts);
    return failed;
  }

  #isAlive(place: PlaceId): boolean {
    const { isDown, local, group, membership } = this.#ports;
    const host = nodeOf(place);
    return !isDown(place) && (host === local.name ? group.has(place) : membership.peer(host) !== undefined);
  }

  /** An owner that joined after a death never heard of the orphans: those who did offer them. */
  #offerOrphans(all: boolean): void {
    const { registry, local, requests, membership, ownership, gate } = this.#ports;
    if (local.state !== "up" || !gate.mayAdopt) return;
    const byOwner = new Map<NodeName, RegistryRecord[]>();
    for (const record of registry.orphans.values()) {
      if (record.spec.restart === "temporary" || (!all && record.state === "moved" && this.#isAlive(record.place))) continue;
      const owner = ownership.registrarFor(record.spec);
      if (owner !== undefined && owner !== local.name && membership.peer(owner) !== undefined) gather(byOwner, owner, record);
    }
    if (byOwner.size > 0) this.#ports.checks.mark("orphanOffered");
    for (const [owner, records] of byOwner) requests.ask(owner, { type: "adopt", records, decided: false }).catch(() => {});
  }

  /** What the registry, orphans included, believes to be at a place. */
  #at(place: PlaceId): RegistryRecord[] {
    const { registry } = this.#ports;
    const known = [...registry.ids()].flatMap((id) => registry.current(id) ?? []);
    return [...known, ...registry.orphans.values()].filter((record) => record.place === place);
  }

  /**
   * Starts actors again here, once each, under epochs above all they had; those that run are left alone. `lost`: the record that says
   * so is wrong. Resolves with those that failed.
   */
  async #restart(
    records: readonly RegistryRecord[],
    cause: WireError | undefined,
    lost = false,
  ): Promise<Map<ActorId, WireError>> {
    const { registry, claims } = this.#ports;
    const failed = new Map<ActorId, WireError>();
    const again = new Map<ActorId, RegistryRecord>();
    for (const record of records) {
      const { id } = record.spec;
      if (registry.isOver(record)) {
        registry.repeatEnd(record);
        continue;
      }
      const runs = this.#runs(record) && !lost;
      // One that is being swapped is started by its swap, here or there.
      if (claims.isSwapping(id)) continue;
      if (!runs && !claims.isRestarting(id) && !claims.isStarting(id)) again.set(id, record);
    }
    for (const id of again.keys()) claims.beginRestart(id);
    this.ended.note([...again.values()]);
    const restartOne = async (record: RegistryRecord): Promise<void> => {
      const { id } = record.spec;
      const error = await this.#restartOne(record, cause);
      claims.endRestart(id);
      if (error !== undefined) failed.set(id, error);
    };
    await Promise.all([...again.values()].map(restartOne));
    return failed;
  }

  /** True when the actor of a record runs, here or elsewhere. Who offers it may have lost sight of the node that runs it: this one. */
  #runs({ spec, place, epoch }: RegistryRecord): boolean {
    const { registry, group } = this.#ports;
    const own = registry.own(spec.id);
    if (own?.state === "running" && group.has(own.place)) {
      if (own.epoch < epoch || (own.epoch === epoch && own.place !== place)) this.raiseEpochAbove(own, epoch);
      return true;
    }
    const current = registry.current(spec.id);
    return current?.state === "running" && current.epoch >= epoch && current.place !== place;
  }

  /**
   * True when an actor is offered as a dead node's, and its host is a member here: who offers it has lost sight of that one. What runs under
   * an epoch below the offer's is looked at all the same: the offer would outrank it for ever.
   */
  #seenRunning({ spec, state, epoch }: RegistryRecord): boolean {
    const current = this.#ports.registry.current(spec.id);
    return state === "running" && current?.state === "running" && current.epoch >= epoch && this.#isAlive(current.place);
  }

  /** A thread that dies under the start is no reason to give up: the next one may do better, under a fresh epoch, as the actor may have run. */
  async #restartOne(record: RegistryRecord, cause: WireError | undefined): Promise<WireError | undefined> {
    const { registry, starter, hooks, local, counters, clock } = this.#ports;
    const { spec } = record;
    let error = spec.restart === "temporary" ? cause : undefined;
    let epoch = record.epoch;
    for (let tries = 1; error === undefined; tries++) {
      epoch = Math.max(epoch + epochStride, registry.freshEpoch);
      const outcome = await starter.restart(spec, epoch);
      if (outcome.error === undefined) {
        if (cause === undefined) return undefined;
        counters.count("restarts", 1);
        hooks.emit("childRestarted", { id: spec.id, node: local.name, cause: fromWireError(cause) });
        return undefined;
      }
      if (outcome.error.code !== "ThreadExited" || tries === maxTries || local.state === "closed") error = outcome.error;
      else await after(clock, pauseMs * tries);
    }
    // It starts again when this side of the cut serves again.
    if (error.code === "Partitioned") return error;
    registry.publish([{ op: "drop", id: spec.id, epoch: record.epoch, ended: true }]);
    hooks.emit("childStopped", { id: spec.id, reason: "not restarted", error: fromWireError(error) });
    return error;
  }
}
