import {
  type ActorId,
  type Epoch,
  type Failure,
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
import { Priority } from "../events/inbox.js";
import type { Coordinator } from "../node/coordinator.js";
import { EndedLives } from "../registry/ended-lives.js";

/** Above any epoch that a handoff in progress may have used at a place that died. */
export const epochStride = 1_000;
const maxTries = 5;
/** Above any epoch that another node may have used up in its tries to start an actor again. */
export const triesStride = epochStride * (maxTries + 1);
const pauseMs = 100;

/** Brings back what died: actors of dead threads on a new thread, actors of dead nodes on their new owners. */
export class Recovery {
  /** What was restarted lately. */
  readonly ended: EndedLives;
  readonly #coordinator: Coordinator;
  readonly #restarting = new Set<ActorId>();
  /** Orphans that another node is asked to start just now. */
  readonly #handedOn = new Set<ActorId>();
  /** An offer of the orphans is due: each death has one after it. */
  #offers = false;
  /** As long as there are orphans they are looked at again, and again. */
  #looksAgain = false;
  /** Dead threads, by index, whose next life is awaited; and who waits for one. */
  readonly #replacing = new Set<number>();
  #awaiting: (() => void)[] = [];

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
    this.ended = new EndedLives(coordinator.clock, coordinator.settings.timings.deliveryMs);
  }

  isRestarting(id: ActorId): boolean {
    return this.#restarting.has(id);
  }

  /** True while an actor is being started again here, or by a node that was asked to: its id is not free. */
  isPlacing(id: ActorId): boolean {
    return this.#restarting.has(id) || this.#handedOn.has(id);
  }

  /** Resolves when a thread that died has its next life, or will have none; undefined when none is awaited. */
  replaced(): Promise<void> | undefined {
    if (this.#replacing.size === 0) return undefined;
    return new Promise((resolve) => this.#awaiting.push(resolve));
  }

  /** No thread is replaced any more. */
  close(): void {
    this.#replacing.clear();
    this.#tellAwaiting();
  }

  /** A thread of this node died: a new one takes its index, and its actors start there again, unless they are stopped meanwhile. */
  threadDied(index: number, place: PlaceId, cause: Error): void {
    const { registry, inbox, node } = this.#coordinator;
    const dead = registry.recordsOf(node).filter((record) => record.place === place);
    const down = dead.map((record): RegistryRecord => ({ ...record, state: "down" }));
    registry.publish(down.map((record) => ({ op: "put", record })));
    this.#replacing.add(index);
    inbox.push(Priority.recovery, () => {
      void this.#replace(index).then(async () => {
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
    this.#coordinator.inbox.push(Priority.recovery, () => void this.#restart(this.#at(place), cause));
  }

  /** An actor that was handed to this node never ran here: it starts again by its policy. */
  arrivalLost(record: RegistryRecord, cause: WireError): void {
    this.#coordinator.inbox.push(Priority.recovery, () => void this.#restart([record], cause, true));
  }

  /** An actor that runs here goes on under an epoch above `epoch`: else what is left of another copy's way would outrank it later. */
  raiseEpochAbove({ spec, place }: RegistryRecord, epoch: Epoch): void {
    const { group, mailer } = this.#coordinator;
    if (group.has(place)) mailer.send(place, { type: "renumber", actors: [{ id: spec.id, epoch: epoch + epochStride }] });
  }

  /** Starts the orphans that are this node's by the ring as it is now. */
  adoptOrphans(): void {
    const { registry, inbox, state, clock, settings } = this.#coordinator;
    if (registry.orphans.size === 0 || state !== "up" || !this.#coordinator.partition.mayAdopt) return;
    inbox.push(Priority.recovery, () => this.#adoptMine(false));
    if (!this.#offers) {
      this.#offers = true;
      clock.setTimeout(() => {
        this.#offers = false;
        this.#offerOrphans(false);
      }, settings.timings.batchWindowMs * 2);
    }
    if (this.#looksAgain) return;
    this.#looksAgain = true;
    clock.setTimeout(() => {
      this.#looksAgain = false;
      this.#adoptMine(true);
      this.#offerOrphans(true);
      this.adoptOrphans();
    }, settings.timings.handoffTimeoutMs * 2);
  }

  /** Starts actors that another node gives up (`decided`: here), or found without a home. Errors by id. */
  async adopt(records: readonly RegistryRecord[], decided: boolean): Promise<{ id: ActorId; error: WireError }[]> {
    if (!decided) {
      for (const record of records) if (this.#registrarFor(record) === undefined) this.#coordinator.registry.orphans.told(record);
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
    const { registry, node, state, sync, partition } = this.#coordinator;
    // Who took over before its old node died may have told one that died as well: comes again when this node is certain.
    if (state !== "up" || !sync.isCertain || !partition.mayAdopt) return;
    const mine: RegistryRecord[] = [];
    for (const record of [...registry.orphans.values()]) {
      if (!all && record.state === "moved" && this.#isAlive(record.place)) continue;
      // Who decides may be the next life of the node that died, and never have heard of it: who handed it over there says that it ended.
      const handedOver = record.spec.restart === "temporary" && registry.own(record.spec.id)?.state === "moved";
      if (handedOver || this.#registrarFor(record) === node) mine.push(record);
      // Nobody starts it again, and who decides may never have heard of it: each node lets go of it by itself.
      else if (record.spec.restart === "temporary") registry.release(record.spec.id);
    }
    if (mine.length > 0) void this.#place(mine, toWireError(new NodeDown("its node went down")));
  }

  /** Actors that wait for their nodes are unknown to a newcomer, which may be the last one left to tell of them. */
  tellWhoWaits(newcomer: NodeName): void {
    const { registry, requests, state } = this.#coordinator;
    const records = [...registry.orphans.values()].filter((record) => this.#registrarFor(record) === undefined);
    if (records.length > 0 && state === "up") requests.ask(newcomer, { type: "adopt", records, decided: false }).catch(() => {});
  }

  /** Who decides what becomes of an orphan; nobody while it waits for its node. One that is not restarted waits for none. */
  #registrarFor({ spec }: RegistryRecord): NodeName | undefined {
    const { ownership, view } = this.#coordinator;
    return ownership.registrarFor(spec) ?? (spec.restart === "temporary" ? view.nodes[0]?.node : undefined);
  }

  /** Starts orphans that are this node's to decide about: here, or where the distribution wants them. Errors by id. */
  async #place(records: readonly RegistryRecord[], cause: WireError | undefined): Promise<Map<ActorId, WireError>> {
    const { ownership, node, requests, starter } = this.#coordinator;
    const byHost = new Map<NodeName, RegistryRecord[]>();
    for (const record of records) {
      const { id, restart } = record.spec;
      const host = restart === "temporary" ? node : ownership.hostFor(record.spec);
      if (host === node) gather(byHost, node, record);
      else if (host !== undefined && !this.isPlacing(id) && !starter.isStarting(id) && !this.#runs(record))
        gather(byHost, host, record);
    }
    const failed = new Map<ActorId, WireError>();
    const parts = [...byHost].map(async ([host, some]) => {
      if (host === node) {
        for (const [id, error] of await this.#restart(some, cause)) failed.set(id, error);
        return;
      }
      for (const { spec } of some) this.#handedOn.add(spec.id);
      const asked = requests.ask(host, { type: "adopt", records: some, decided: true });
      // One that could not be asked is looked at again with the next change, or the next look.
      const errors = await asked.then(
        (answer) => answer.errors,
        () => [],
      );
      for (const { id, error } of errors) failed.set(id, error);
      for (const { spec } of some) this.#handedOn.delete(spec.id);
    });
    await Promise.all(parts);
    return failed;
  }

  #isAlive(place: PlaceId): boolean {
    const { mailer, node, group, membership } = this.#coordinator;
    const host = nodeOf(place);
    return !mailer.isDown(place) && (host === node ? group.has(place) : membership.peer(host) !== undefined);
  }

  /** An owner that joined after a death never heard of the orphans: those who did offer them. */
  #offerOrphans(all: boolean): void {
    const { registry, node, requests, membership, state, partition } = this.#coordinator;
    if (state !== "up" || !partition.mayAdopt) return;
    const byOwner = new Map<NodeName, RegistryRecord[]>();
    for (const record of registry.orphans.values()) {
      if (record.spec.restart === "temporary" || (!all && record.state === "moved" && this.#isAlive(record.place))) continue;
      const owner = this.#coordinator.ownership.registrarFor(record.spec);
      if (owner !== undefined && owner !== node && membership.peer(owner) !== undefined) gather(byOwner, owner, record);
    }
    for (const [owner, records] of byOwner) requests.ask(owner, { type: "adopt", records, decided: false }).catch(() => {});
  }

  async #replace(index: number): Promise<void> {
    const { group, membership, mailer } = this.#coordinator;
    for (let tries = 1; tries <= maxTries; tries++) {
      try {
        await group.replace(index);
        const place = group.places[index];
        if (place !== undefined && group.has(place)) mailer.tellDown(place);
        break;
      } catch (error) {
        const text = `thread ${index} could not be replaced (try ${tries} of ${maxTries}): ${String(error)}`;
        this.#coordinator.log("error", text, error);
        await this.#coordinator.after(pauseMs * tries);
      }
    }
    this.#replacing.delete(index);
    this.#tellAwaiting();
    for (const { node } of membership.peers) this.#coordinator.send(node, { type: "status", card: this.#coordinator.card });
  }

  #tellAwaiting(): void {
    const awaiting = this.#awaiting;
    this.#awaiting = [];
    for (const resolve of awaiting) resolve();
  }

  /** What the registry, orphans included, believes to be at a place. */
  #at(place: PlaceId): RegistryRecord[] {
    const { registry } = this.#coordinator;
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
    const { starter, registry } = this.#coordinator;
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
      if (this.#coordinator.redistribution.isSwapping(id)) continue;
      if (!runs && !this.#restarting.has(id) && !starter.isStarting(id)) again.set(id, record);
    }
    for (const id of again.keys()) this.#restarting.add(id);
    this.ended.note([...again.values()]);
    const restartOne = async (record: RegistryRecord): Promise<void> => {
      const { id } = record.spec;
      const error = await this.#restartOne(record, cause);
      this.#restarting.delete(id);
      if (error !== undefined) failed.set(id, error);
    };
    await Promise.all([...again.values()].map(restartOne));
    return failed;
  }

  /** True when the actor of a record runs, here or elsewhere. Who offers it may have lost sight of the node that runs it: this one. */
  #runs({ spec, place, epoch }: RegistryRecord): boolean {
    const { registry, group } = this.#coordinator;
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
    const current = this.#coordinator.registry.current(spec.id);
    return state === "running" && current?.state === "running" && current.epoch >= epoch && this.#isAlive(current.place);
  }

  /** A thread that dies under the start is no reason to give up: the next one may do better, under a fresh epoch, as the actor may have run. */
  async #restartOne(record: RegistryRecord, cause: WireError | undefined): Promise<WireError | undefined> {
    const { registry, starter, hooks, node, counters } = this.#coordinator;
    const { spec } = record;
    let error = spec.restart === "temporary" ? cause : undefined;
    let epoch = record.epoch;
    for (let tries = 1; error === undefined; tries++) {
      epoch = Math.max(epoch + epochStride, registry.freshEpoch);
      const outcome = await starter.restart(spec, epoch);
      if (outcome.error === undefined) {
        if (cause === undefined) return undefined;
        counters.count("restarts", 1);
        hooks.emit("childRestarted", { id: spec.id, node, cause: fromWireError(cause) });
        return undefined;
      }
      const { state } = this.#coordinator;
      if (outcome.error.code !== "ThreadExited" || tries === maxTries || state === "closed") error = outcome.error;
      else await this.#coordinator.after(pauseMs * tries);
    }
    // It starts again when this side of the cut serves again.
    if (error.code === "Partitioned") return error;
    registry.publish([{ op: "drop", id: spec.id, epoch: record.epoch, ended: true }]);
    hooks.emit("childStopped", { id: spec.id, reason: "not restarted", error: fromWireError(error) });
    return error;
  }
}

/** The failures of a batch by id. */
export function failuresById(ids: readonly ActorId[], failures: readonly Failure[]): Map<ActorId, WireError> {
  return new Map(failures.flatMap(({ index, error }) => (ids[index] === undefined ? [] : [[ids[index], error] as const])));
}
