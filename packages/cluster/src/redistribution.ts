import { type ActorId, fromWireError, HandoffFailed, NodeDown, type NodeName, type RegistryRecord, type Timer } from "@process-hub/protocol";
import type { Coordinator } from "./coordinator.js";
import { gather } from "./gather.js";
import { Priority } from "./inbox.js";
import { failuresById } from "./recovery.js";

const drainRounds = 5;

/** Takes actors to where the ring wants them after members came or went, by the migration strategy; and away from a node that drains. */
export class Redistribution {
  readonly #coordinator: Coordinator;
  #timer: Timer | undefined;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** Looks at all actors when the window of changes is over. */
  soon(): void {
    const { clock, settings, inbox } = this.#coordinator;
    this.#timer ??= clock.setTimeout(() => {
      this.#timer = undefined;
      inbox.push(Priority.membership, () => this.#run());
    }, settings.timings.batchWindowMs);
  }

  /** Hands over every actor of this node, whatever the migration strategy. Resolves with those that could not go. */
  async handOverAll(): Promise<Map<ActorId, Error>> {
    let failed = new Map<ActorId, Error>();
    for (let round = 0; round < drainRounds; round++) {
      const mine = this.#mine();
      if (mine.length === 0) return new Map();
      failed = await this.#handOver(this.#byOwner(mine, failed));
      if (failed.size === mine.length && round > 0) break;
    }
    return failed;
  }

  async #run(): Promise<void> {
    const { node, hooks, inbox, settings, state, view } = this.#coordinator;
    if (state !== "up" || !view.nodes.some((member) => member.node === node)) return;
    const unlock = inbox.lock(Priority.call);
    hooks.emit("redistributionStarting", { node });
    const byOwner = this.#byOwner(this.#mine(), new Map());
    const total = [...byOwner.values()].reduce((sum, some) => sum + some.length, 0);
    const { mode, carryState } = settings.migration;
    const failed = mode === "handoff" || carryState ? await this.#handOver(byOwner) : await this.#swap(byOwner);
    for (const [id, error] of failed) this.#coordinator.log("warn", `actor ${id} stays where it is: ${error.message}`, error);
    unlock();
    hooks.emit("redistributionFinished", { node, moved: total - failed.size, failed: failed.size });
  }

  #mine(): RegistryRecord[] {
    const { registry, node } = this.#coordinator;
    return registry.recordsOf(node).filter(({ state }) => state === "running");
  }

  #byOwner(records: readonly RegistryRecord[], failed: Map<ActorId, Error>): Map<NodeName, RegistryRecord[]> {
    const { placement, node } = this.#coordinator;
    const byOwner = new Map<NodeName, RegistryRecord[]>();
    for (const record of records) {
      const owner = placement.owners(record.spec, 1)[0];
      if (owner === undefined) failed.set(record.spec.id, new NodeDown(`actor ${record.spec.id} has no other node to run on`, { id: record.spec.id }));
      else if (owner !== node) gather(byOwner, owner, record);
    }
    return byOwner;
  }

  async #handOver(byOwner: ReadonlyMap<NodeName, readonly RegistryRecord[]>): Promise<Map<ActorId, Error>> {
    const { mover } = this.#coordinator;
    const sagas = [...byOwner].map(([owner, records]) => mover.move(records.map(({ spec }) => spec.id), owner, undefined));
    const outcomes = (await Promise.all(sagas)).flat();
    return new Map(outcomes.flatMap(({ id, error }) => (error === undefined ? [] : [[id, fromWireError(error)] as const])));
  }

  /** Cold swap: stopped here, then started there, never both. One that cannot be started there starts here again. */
  async #swap(byOwner: ReadonlyMap<NodeName, readonly RegistryRecord[]>): Promise<Map<ActorId, Error>> {
    const failed = new Map<ActorId, Error>();
    const swaps = [...byOwner].map(([owner, records]) => this.#swapTo(owner, records, failed));
    await Promise.all(swaps);
    return failed;
  }

  async #swapTo(owner: NodeName, records: readonly RegistryRecord[], failed: Map<ActorId, Error>): Promise<void> {
    const { registry, group, settings, requests, hooks, starter } = this.#coordinator;
    const ids = records.map(({ spec }) => spec.id);
    hooks.emit("childrenMoving", { ids, to: owner });
    registry.publish(records.map((record) => ({ op: "put", record: { ...record, state: "down" } })));
    const byPlace = new Map<string, ActorId[]>();
    for (const { spec, place } of records) gather(byPlace, place, spec.id);
    const stops = [...byPlace].map(async ([place, some]) => {
      const result = await group.control(place).stop(some, settings.timings.stopTimeoutMs).catch(() => []);
      for (const [id, error] of failuresById(some, result)) this.#coordinator.log("warn", `actor ${id} did not stop well: ${error.message}`, error);
    });
    await Promise.all(stops);
    const gone = records.filter(({ spec }) => registry.own(spec.id)?.state === "down");
    const errors = await requests.ask(owner, { type: "adopt", records: gone }).then(
      (answer) => new Map(answer.errors.map(({ id, error }) => [id, fromWireError(error)])),
      (error: unknown) => new Map(gone.map(({ spec }) => [spec.id, error instanceof Error ? error : new Error(String(error))])),
    );
    const moved = gone.filter(({ spec }) => !errors.has(spec.id));
    registry.publish(moved.map(({ spec, epoch }) => ({ op: "drop", id: spec.id, epoch, ended: false })));
    if (moved.length > 0) hooks.emit("childrenMoved", { ids: moved.map(({ spec }) => spec.id), to: owner });
    for (const record of gone) {
      const error = errors.get(record.spec.id);
      if (error === undefined) continue;
      failed.set(record.spec.id, new HandoffFailed(`actor ${record.spec.id} could not be started on node ${owner}`, { id: record.spec.id, step: "start" }, error));
      await starter.restart(record.spec, Math.max(record.epoch + 1, registry.freshEpoch));
    }
  }
}
