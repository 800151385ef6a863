import {
  type ActorId,
  type Failure,
  fromWireError,
  type NodeName,
  type PlaceId,
  type RegistryRecord,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import type { Coordinator } from "./coordinator.js";
import { gather } from "./gather.js";
import { Priority } from "./inbox.js";

/** Above any epoch that a handoff in progress may have used at a place that died. */
const epochStride = 1_000;
const replaceTries = 3;

/** Brings back what died: actors of dead threads on a new thread, actors of dead nodes on their new owners. */
export class Recovery {
  readonly #coordinator: Coordinator;
  readonly #restarting = new Set<ActorId>();

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** A thread of this node died: a new one takes its index, and its actors start there again. */
  threadDied(index: number, place: PlaceId, cause: Error): void {
    const { registry, inbox, group, membership, clock } = this.#coordinator;
    const dead = registry.recordsOf(this.#coordinator.node).filter((record) => record.place === place);
    registry.publish(dead.map((record) => ({ op: "put", record: { ...record, state: "down" } })));
    inbox.push(Priority.recovery, async () => {
      for (let tries = 1; ; tries++) {
        try {
          await group.replace(index);
          break;
        } catch (error) {
          this.#coordinator.log("error", `thread ${index} could not be replaced (try ${tries} of ${replaceTries}): ${String(error)}`, error);
          if (tries === replaceTries) break;
          await new Promise<void>((resolve) => clock.setTimeout(resolve, 100 * tries));
        }
      }
      for (const { node } of membership.peers) this.#coordinator.send(node, { type: "status", card: this.#coordinator.card });
      await this.#restart([...dead, ...this.#at(place)], toWireError(cause));
    });
  }

  /** Records name a thread of this node that is no more: what they stand for starts again. */
  threadLost(place: PlaceId): void {
    const { inbox, node } = this.#coordinator;
    const cause = { name: "ThreadExited", code: "ThreadExited", message: `the thread at ${place} of node ${node} has ended` };
    inbox.push(Priority.recovery, async () => {
      await this.#restart(this.#at(place), cause);
    });
  }

  /** An actor that was handed to this node never ran here: it starts again by its policy. */
  arrivalLost(record: RegistryRecord, cause: WireError): void {
    this.#coordinator.inbox.push(Priority.recovery, async () => {
      await this.#restart([record], cause);
    });
  }

  /** Starts the orphans that are this node's by the ring as it is now. */
  adoptOrphans(): void {
    const { registry, placement, node, inbox, state, clock, settings } = this.#coordinator;
    if (registry.orphans.size === 0 || state !== "up") return;
    const mine: RegistryRecord[] = [];
    for (const record of registry.orphans.values()) if (placement.owners(record.spec, 1)[0] === node) mine.push(record);
    if (mine.length > 0) {
      inbox.push(Priority.recovery, async () => {
        await this.#restart(mine, { name: "NodeDown", code: "NodeDown", message: "its node went down" });
      });
    }
    if (mine.length < registry.orphans.size) clock.setTimeout(() => this.#offerOrphans(), settings.timings.batchWindowMs * 2);
  }

  /** Starts actors that another node gives up, or found without a home. Errors by id. */
  async adopt(records: readonly RegistryRecord[]): Promise<{ id: ActorId; error: WireError }[]> {
    const failed = await this.#restart(records, undefined);
    return [...failed].map(([id, error]) => ({ id, error }));
  }

  /**
   * Two nodes run one actor, by two births: the longer unbroken history goes on; the loser stops its copy.
   * (Two records of one birth are a move that not everyone has heard of in order.)
   */
  conflict(own: RegistryRecord, author: NodeName, theirs: RegistryRecord): void {
    const { node, hooks, group, inbox } = this.#coordinator;
    const { spec } = own;
    if (own.bornAtMs === theirs.bornAtMs) return;
    if (own.bornAtMs < theirs.bornAtMs) return;
    inbox.push(Priority.recovery, async () => {
      hooks.emit("conflict", { id: spec.id, survivor: author, loser: node });
      await group.control(own.place).stop([spec.id], this.#coordinator.settings.timings.stopTimeoutMs);
    });
  }

  /** An owner that joined after a death never heard of the orphans: those who did offer them. */
  #offerOrphans(): void {
    const { registry, placement, node, requests, membership } = this.#coordinator;
    const byOwner = new Map<NodeName, RegistryRecord[]>();
    for (const record of registry.orphans.values()) {
      const owner = placement.owners(record.spec, 1)[0];
      if (owner !== undefined && owner !== node && membership.peer(owner) !== undefined) gather(byOwner, owner, record);
    }
    for (const [owner, records] of byOwner) requests.ask(owner, { type: "adopt", records }).catch(() => {});
  }

  #at(place: PlaceId): RegistryRecord[] {
    const { registry } = this.#coordinator;
    return [...registry.ids()].flatMap((id) => {
      const record = registry.current(id);
      return record !== undefined && record.place === place ? [record] : [];
    });
  }

  /** Starts actors again here, once each, under epochs above all they had. Resolves with those that failed. */
  async #restart(records: readonly RegistryRecord[], cause: WireError | undefined): Promise<Map<ActorId, WireError>> {
    const { registry, starter, hooks, node } = this.#coordinator;
    const failed = new Map<ActorId, WireError>();
    const again = new Map<ActorId, RegistryRecord>();
    for (const record of records) {
      const { id } = record.spec;
      const current = registry.current(id);
      const runs = current !== undefined && current.state === "running" && current.epoch >= record.epoch && current.place !== record.place;
      if (!runs && !this.#restarting.has(id) && !starter.isStarting(id)) again.set(id, record);
    }
    const restartOne = async ({ spec, epoch }: RegistryRecord): Promise<void> => {
      const end = (error: WireError): void => {
        failed.set(spec.id, error);
        registry.publish([{ op: "drop", id: spec.id, epoch, ended: true }]);
        hooks.emit("childStopped", { id: spec.id, reason: "not restarted", error: fromWireError(error) });
      };
      if (spec.restart === "temporary" && cause !== undefined) {
        end(cause);
        return;
      }
      const outcome = await starter.restart(spec, Math.max(epoch + epochStride, registry.freshEpoch));
      if (outcome.error !== undefined) end(outcome.error);
      else if (cause !== undefined) hooks.emit("childRestarted", { id: spec.id, node, cause: fromWireError(cause) });
    };
    for (const id of again.keys()) this.#restarting.add(id);
    await Promise.all([...again.values()].map(restartOne));
    for (const id of again.keys()) this.#restarting.delete(id);
    return failed;
  }
}

/** The failures of a batch by id. */
export function failuresById(ids: readonly ActorId[], failures: readonly Failure[]): Map<ActorId, WireError> {
  return new Map(failures.flatMap(({ index, error }) => (ids[index] === undefined ? [] : [[ids[index], error] as const])));
}
