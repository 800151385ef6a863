import type { ActorId, Epoch, NodeName, RegistryRecord } from "@process-hub/protocol";
import type { Coordinator } from "./coordinator.js";
import { Priority } from "./inbox.js";

/** Two nodes run one actor, by two births, as after a cut: exactly one copy goes on. */
export class Conflicts {
  readonly #coordinator: Coordinator;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** Another node says that it runs an actor which this node runs. Each node stops its own copy where that is the one to go. */
  found(id: ActorId): void {
    // A rival that has given way by the time this is settled has left its epochs on the way: the survivor goes on above them.
    const highest = Math.max(0, ...this.#rivals(id).map(({ record }) => record.epoch));
    this.#coordinator.inbox.push(Priority.recovery, () => this.#settle(id, highest));
  }

  /**
   * A copy was moved to a thread of this node while another of an older or younger birth runs on another of its threads.
   * True when the one that came goes on; the other is stopped.
   */
  arrived(own: RegistryRecord, theirs: RegistryRecord): boolean {
    const { hooks, node, recovery, registry } = this.#coordinator;
    const comes = !registry.isOver(theirs) && (registry.isOver(own) || theirs.bornAtMs < own.bornAtMs);
    hooks.emit("conflict", { id: own.spec.id, survivor: node, loser: node });
    this.#stop(comes ? own : theirs);
    const [survivor, highest] = comes ? [theirs, own.epoch] : [own, theirs.epoch];
    if (highest >= survivor.epoch) this.#coordinator.inbox.push(Priority.recovery, () => recovery.outrank(survivor, highest));
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

  #rivals(id: ActorId): { readonly author: NodeName; readonly record: RegistryRecord }[] {
    const { registry } = this.#coordinator;
    return registry.others(id).filter(({ record }) => record.state === "running" && !registry.isOver(record));
  }

  #settle(id: ActorId, highest: Epoch): void {
    const { registry, node, hooks, recovery } = this.#coordinator;
    const own = registry.own(id);
    if (own?.state !== "running") return;
    const survivor = this.#rivals(id).find(({ author, record }) => this.#outlives(author, record, own));
    if (survivor === undefined) {
      if (highest >= own.epoch) recovery.outrank(own, highest);
      return;
    }
    // Not "ended": the actor lives on, and its askers are sent there. What this copy still says as it stops changes nothing.
    registry.publish([{ op: "drop", id, epoch: own.epoch, ended: false }]);
    hooks.emit("conflict", { id, survivor: survivor.author, loser: node });
    this.#stop(own);
  }

  #stop({ spec, place }: RegistryRecord): void {
    const { group, log, settings } = this.#coordinator;
    if (!group.has(place)) return;
    const stopped = group.control(place).stop([spec.id], settings.timings.stopTimeoutMs);
    stopped.catch((error: unknown) =>
      log("warn", `the second copy of actor ${spec.id} did not stop well: ${String(error)}`, error),
    );
  }

  /** The longer unbroken history goes on; of equal ones the later epoch (two records of one life), then the first by the ring. */
  #outlives(author: NodeName, theirs: RegistryRecord, own: RegistryRecord): boolean {
    const { placement, node, view } = this.#coordinator;
    if (theirs.bornAtMs !== own.bornAtMs) return theirs.bornAtMs < own.bornAtMs;
    if (theirs.epoch !== own.epoch) return theirs.epoch > own.epoch;
    const order = placement.owners(own.spec, view.nodes.length);
    const rank = (name: NodeName): number => (order.includes(name) ? order.indexOf(name) : order.length);
    return rank(author) === rank(node) ? author < node : rank(author) < rank(node);
  }
}
