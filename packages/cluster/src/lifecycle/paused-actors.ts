import {
  type ActorId,
  type Epoch,
  gather,
  type NodeName,
  Partitioned,
  type PlaceId,
  type RegistryRecord,
  toWireError,
} from "@process-hub/protocol";
import type { Coordinator } from "../node/coordinator.js";
import { FreshEpochs } from "../registry/epochs.js";

/** What a start that was asked for again may wait for. */
const passing: ReadonlySet<string | undefined> = new Set(["Partitioned", "NodeDown", "HubClosed"]);

/**
 * This node's actors while it does not serve. They are said to be down, so that what others run meanwhile counts; they stay in their threads, where
 * the lease keeps them from running, until they end or the node serves again. A copy gives way to one that ran elsewhere.
 */
export class PausedActors {
  readonly #coordinator: Coordinator;
  /** Those still in their threads. */
  readonly #kept = new Map<ActorId, PlaceId>();
  /** Those that ended for the pause, and are to start again. */
  readonly #stopped = new Set<ActorId>();
  readonly #epochs: FreshEpochs;
  #ending = 0;
  #asking = false;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
    this.#epochs = new FreshEpochs(coordinator);
  }

  /** True when no copy is left that is to end before this node may serve. */
  get ready(): boolean {
    return this.#ending === 0;
  }

  /** Looks at all actors of this node; `stop`: none stays in its thread. Called again and again, for some arrive late. */
  quiesce(stop: boolean): void {
    const { registry, node } = this.#coordinator;
    const running = registry.recordsOf(node).filter(({ state }) => state === "running");
    registry.publish(running.map((record) => ({ op: "put", record: { ...record, state: "down" } })));
    for (const { spec, place } of running) this.#kept.set(spec.id, place);
    for (const id of [...this.#kept.keys()]) this.#look(id, stop);
  }

  /** An actor ended by itself in the pause. True when that was news. */
  ended(id: ActorId, epoch: Epoch): boolean {
    const { registry } = this.#coordinator;
    const own = registry.own(id);
    if (!this.#kept.has(id) || own?.state !== "down" || own.epoch > epoch) return false;
    this.#kept.delete(id);
    registry.publish([{ op: "drop", id, epoch, ended: true }]);
    return true;
  }

  /** Gives what was kept fresh epochs. True when it has them: a later look may say so. One in a thread that does not answer is stopped instead. */
  raise(): boolean {
    const { registry } = this.#coordinator;
    const low = this.#epochs.lacking([...this.#kept.keys()].flatMap((id) => registry.own(id) ?? []));
    if (low.length > 0 && this.#epochs.inVain) for (const { spec } of low) this.#look(spec.id, true);
    return low.length === 0;
  }

  /** Somebody came or went. */
  unraise(): void {
    this.#epochs.renew();
  }

  /** What was kept and runs nowhere else goes on, with its state. */
  resume(): void {
    const { registry, node, group, redistribution } = this.#coordinator;
    const down = registry.recordsOf(node).filter(({ state }) => state === "down");
    const back = down.filter(({ spec, place }) => this.#kept.has(spec.id) && group.has(place));
    registry.publish(back.map((record) => ({ op: "put", record: { ...record, state: "running" } })));
    for (const { spec } of down) if (!this.#kept.has(spec.id) && !redistribution.isSwapping(spec.id)) this.#stopped.add(spec.id);
    const dead = down.filter(({ place }) => !group.has(place));
    for (const { spec } of dead) this.#stopped.delete(spec.id);
    for (const place of new Set(dead.map((record) => record.place))) this.#coordinator.recovery.threadLost(place);
    this.#kept.clear();
    this.unraise();
  }

  /** What was stopped and runs nowhere else starts again, by its policy, at its owner: who alone decides whether it does. */
  async restart(): Promise<void> {
    if (this.#stopped.size === 0 || this.#asking) return;
    const { registry, node, requests, recovery, hooks } = this.#coordinator;
    const byOwner = new Map<NodeName, RegistryRecord[]>();
    for (const id of this.#stopped) {
      const own = registry.own(id);
      if (own?.state !== "down" || this.#rival(id, own) !== undefined) this.#stopped.delete(id);
      else if (own.spec.restart === "temporary") {
        this.#stopped.delete(id);
        registry.publish([{ op: "drop", id, epoch: own.epoch, ended: true }]);
        const error = new Partitioned(`actor ${id} is temporary, and its node was cut off`, { id });
        hooks.emit("childStopped", { id, reason: "not restarted", error });
      } else gather(byOwner, this.#coordinator.ownership.registrarFor(own.spec) ?? node, own);
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
      this.#coordinator.settledMoves.settle(done);
    });
    await Promise.all(asks);
    this.#asking = false;
  }

  #look(id: ActorId, stop: boolean): void {
    const { registry, conflicts, group } = this.#coordinator;
    const own = registry.own(id);
    const place = own?.place ?? this.#kept.get(id);
    if (place === undefined) return;
    const rival = own === undefined ? undefined : this.#rival(id, own);
    if (own !== undefined && rival !== undefined) {
      this.#kept.delete(id);
      this.#end(conflicts.giveWay(own, rival));
    } else if (stop || own === undefined) {
      this.#kept.delete(id);
      if (own !== undefined && group.has(place)) this.#stopped.add(id);
      this.#end(this.#stop(place, id));
    }
  }

  /** Who ran it meanwhile. */
  #rival(id: ActorId, own: RegistryRecord): NodeName | undefined {
    const others = this.#coordinator.registry.others(id);
    return others.find(({ record }) => record.epoch > own.epoch || record.state === "running")?.author;
  }

  #end(work: Promise<void>): void {
    this.#ending++;
    void work.finally(() => this.#ending--);
  }

  async #stop(place: PlaceId, id: ActorId): Promise<void> {
    const { group, settings, log } = this.#coordinator;
    if (!group.has(place)) return;
    const stopped = group.unlessBlocked(place, group.control(place).stop([id], settings.timings.stopTimeoutMs));
    await stopped.catch((error: unknown) => log("warn", `actor ${id} did not stop well: ${String(error)}`, error));
  }
}
