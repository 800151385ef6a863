import {
  type ActorId,
  ActorNotFound,
  type Bytes,
  decode,
  type Epoch,
  fromWireError,
  type NodeName,
  nodeOf,
  type PlaceId,
  type RegistryRecord,
  toWireError,
  type WireError,
  type YieldedDuplicate,
} from "@process-hub/protocol";
import { Priority } from "../events/inbox.js";
import type { Coordinator } from "../node/coordinator.js";

const maxTries = 10;
const maxHops = 3;
/** The copy that goes on was on its way, or its thread died, before it took anything over: it is looked for again. */
const passing: ReadonlySet<string | undefined> = new Set(["ActorNotFound", "HandoffFailed", "ThreadExited"]);

/** Two nodes run one actor, by two births or under one epoch, as after a cut: exactly one copy goes on. */
export class DuplicateResolution {
  readonly #coordinator: Coordinator;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** Another node says that it runs an actor which this node runs. Each node stops its own copy where that is the one to go. */
  found(id: ActorId): void {
    this.#coordinator.inbox.push(Priority.recovery, () => this.#settle(id));
  }

  /** A copy of an actor has had an epoch: one that is hosted under a lower one goes on above it, or senders would take its news for old. */
  surpassed(id: ActorId, host: NodeName, by: Epoch): void {
    const { inbox, node, recovery, registry } = this.#coordinator;
    if (host !== node) {
      this.#coordinator.send(host, { type: "surpassed", id, by });
      return;
    }
    inbox.push(Priority.recovery, () => {
      const own = registry.own(id);
      if (own?.state === "running" && own.epoch <= by) recovery.raiseEpochAbove(own, by);
    });
  }

  /**
   * A copy was moved to a thread of this node while another of an older or younger birth runs on another of its threads.
   * True when the one that came goes on; the other is stopped.
   */
  arrived(own: RegistryRecord, theirs: RegistryRecord): boolean {
    const { node, recovery, registry } = this.#coordinator;
    const comes = !registry.isOver(theirs) && (registry.isOver(own) || theirs.bornAtMs < own.bornAtMs);
    void this.#yieldDuplicate(comes ? own : theirs, node);
    if (!comes && theirs.epoch >= own.epoch)
      this.#coordinator.inbox.push(Priority.recovery, () => recovery.raiseEpochAbove(own, theirs.epoch));
    return comes;
  }

  /** What this node hosts was ended by others while it was out of their sight: it ends here as well. */
  ended(id: ActorId): void {
    const { registry, hooks, inbox } = this.#coordinator;
    inbox.push(Priority.recovery, () => {
      const own = registry.own(id);
      if (own === undefined || !registry.isOver(own)) return;
      registry.publish([{ op: "drop", id, epoch: own.epoch, ended: true }]);
      if (own.state !== "running") return;
      hooks.emit("childStopped", { id, reason: "ended elsewhere" });
      this.#stop(own);
    });
  }

  /** A copy that was paused here ends, since the actor ran elsewhere meanwhile. */
  giveWay(own: RegistryRecord, survivor: NodeName): Promise<void> {
    const { id } = own.spec;
    this.#coordinator.registry.publish([{ op: "drop", id, epoch: own.epoch, ended: false }]);
    return this.#yieldDuplicate(own, survivor);
  }

  #rivals(id: ActorId): { readonly author: NodeName; readonly record: RegistryRecord }[] {
    const { registry } = this.#coordinator;
    return registry.others(id).filter(({ record }) => record.state === "running" && !registry.isOver(record));
  }

  #settle(id: ActorId): void {
    const { registry } = this.#coordinator;
    const own = registry.own(id);
    if (own?.state !== "running") return;
    const survivor = this.#rivals(id).find(({ author, record }) => this.#outlives(author, record, own));
    if (survivor === undefined) return;
    if (this.#coordinator.membership.isSuspected(survivor.author)) {
      this.#later(id);
      return;
    }
    // Not "ended": the actor lives on, and its askers are sent there. What this copy still says as it stops changes nothing.
    registry.publish([{ op: "drop", id, epoch: own.epoch, ended: false }]);
    void this.#yieldDuplicate(own, survivor.author);
  }

  /** A copy may be what others started for a node that died, and this node has not missed yet: nothing gives way to a silent one. */
  #later(id: ActorId): void {
    const { clock, inbox, settings } = this.#coordinator;
    const look = (): void => inbox.push(Priority.recovery, () => this.#settle(id));
    clock.setTimeout(look, settings.timings.heartbeatIntervalMs);
  }

  /** One that was on its way out has gone: where it went it ends when it comes, if that node knows. */
  #stop(own: RegistryRecord): void {
    const { group, log, settings, registry } = this.#coordinator;
    const { spec, place } = own;
    if (!group.has(place)) return;
    const stopped = group.control(place).stop([spec.id], settings.timings.stopTimeoutMs);
    stopped.then(
      (failures) => failures.length > 0 && registry.repeatEnd(own),
      (error: unknown) => log("warn", `actor ${spec.id} did not stop well: ${String(error)}`, error),
    );
  }

  /** This copy ends: its state goes to the `conflict` event, and into the copy that goes on when their actor merges. */
  async #yieldDuplicate({ spec, place, bornAtMs }: RegistryRecord, survivor: NodeName): Promise<void> {
    const { group, hooks, log, node, settings } = this.#coordinator;
    const { id } = spec;
    const { state, merges, error } = await this.#ended(place, () =>
      group.control(place).yieldDuplicate(id, bornAtMs, settings.timings.stopTimeoutMs),
    );
    if (error !== undefined) log("warn", `the second copy of actor ${id} left no state: ${error.message}`, fromWireError(error));
    hooks.emit("conflict", { id, survivor, loser: node, state: state === undefined ? undefined : decode(state) });
    if (state === undefined || !merges) return;
    const failed = await this.takeOver(id, state, 0);
    if (failed === undefined) return;
    const text = `actor ${id} goes on with its own state: the other copy's could not be merged into it: ${failed.message}`;
    log("error", text, fromWireError(failed));
  }

  async #ended(place: PlaceId, yieldDuplicate: () => Promise<YieldedDuplicate>): Promise<YieldedDuplicate> {
    try {
      return await this.#coordinator.group.unlessBlocked(place, yieldDuplicate());
    } catch (error) {
      return { merges: false, error: toWireError(error) };
    }
  }

  /**
   * Merges the state of a copy that ended into the one that runs, wherever that is by now: at most once. Resolves with the error, if
   * there was one: what the merge threw, or `ActorNotFound` when no copy ran for long enough.
   */
  async takeOver(id: ActorId, state: Bytes, hops: number): Promise<WireError | undefined> {
    const { registry, group, node, membership, requests, settings } = this.#coordinator;
    const { handoffTimeoutMs, markerRetryMs } = settings.timings;
    let failed = toWireError(new ActorNotFound(`no copy of actor ${id} runs`, { id }));
    for (let tries = 0; tries < maxTries; tries++) {
      if (tries > 0) await this.#coordinator.after(markerRetryMs);
      const own = registry.own(id);
      const host = nodeOf(registry.current(id)?.place ?? this.#coordinator.main);
      if (own?.state === "running" && group.has(own.place)) {
        const error = await group
          .unlessBlocked(own.place, group.control(own.place).mergeDuplicate(id, state, handoffTimeoutMs))
          .catch(toWireError);
        if (error === undefined || !passing.has(error.code)) return error;
        failed = error;
      } else if (host !== node && hops < maxHops && membership.peer(host) !== undefined) {
        const answer = await requests
          .ask(host, { type: "mergeDuplicate", id, state, hops: hops + 1 })
          .catch((error: unknown) => ({ error: toWireError(error) }));
        return answer.error;
      }
    }
    return failed;
  }

  /** The longer unbroken history goes on; of equal ones the later epoch (two records of one life); of equal ones that too, which are two lives, the first owner. */
  #outlives(author: NodeName, theirs: RegistryRecord, own: RegistryRecord): boolean {
    const { ownership, node } = this.#coordinator;
    if (theirs.bornAtMs !== own.bornAtMs) return theirs.bornAtMs < own.bornAtMs;
    if (theirs.epoch !== own.epoch) return theirs.epoch > own.epoch;
    // By the id alone: two copies may have been started in two ways, and both nodes must come to the same.
    const order = ownership.orderOf(own.spec.id);
    const rank = (name: NodeName): number => (order.includes(name) ? order.indexOf(name) : order.length);
    return rank(author) === rank(node) ? author < node : rank(author) < rank(node);
  }
}
