import type { ActorId, NodeName, RegistryRecord } from "@process-hub/protocol";
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
    this.#coordinator.inbox.push(Priority.recovery, () => this.#settle(id));
  }

  #settle(id: ActorId): void {
    const { registry, node, hooks, group, log, settings, recovery } = this.#coordinator;
    const own = registry.own(id);
    if (own?.state !== "running") return;
    const rivals = registry.others(id).filter(({ record }) => record.state === "running");
    const survivor = rivals.find(({ author, record }) => this.#outlives(author, record, own));
    if (survivor === undefined) {
      const highest = Math.max(0, ...rivals.map(({ record }) => record.epoch));
      if (highest >= own.epoch) recovery.outrank(own, highest);
      return;
    }
    // Not "ended": the actor lives on, and its askers are sent there. What this copy still says as it stops changes nothing.
    registry.publish([{ op: "drop", id, epoch: own.epoch, ended: false }]);
    hooks.emit("conflict", { id, survivor: survivor.author, loser: node });
    if (!group.has(own.place)) return;
    const stopped = group.control(own.place).stop([id], settings.timings.stopTimeoutMs);
    stopped.catch((error: unknown) => log("warn", `the second copy of actor ${id} did not stop well: ${String(error)}`, error));
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
