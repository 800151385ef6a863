import { type LentLease, type NodeCard, nodeLife } from "@process-hub/protocol";
import type { OpenArbiter } from "@process-hub/strategies";
import type { Coordinator } from "../node/coordinator.js";
import type { Acknowledged } from "./acknowledgements.js";

/** Acknowledged heartbeats, and the instant after which nothing may rest on them. */
export interface Backed extends Acknowledged {
  readonly untilMs: number;
  /** The term of the lease they rest on. */
  readonly term: number;
}

/**
 * The arbiter of the partition strategy, where it has one: then heartbeats count only that the holder of its lease has acknowledged, and
 * what rests on them ends with that lease. So all who serve at one time share the holder, as quorums share a member.
 *
 * The holder says with its heartbeats for how long it has the lease. A node that hears this counts from when it *sent* the heartbeat that is
 * acknowledged there, which was earlier: no clock is compared, and no delay makes it longer.
 */
export class Arbitration {
  readonly #coordinator: Coordinator;
  #arbiter: OpenArbiter | undefined;
  /** The life of the member that lent the lease last. */
  #lender: string | undefined;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  async open(): Promise<void> {
    const { settings, node, incarnation, clock, membership, log } = this.#coordinator;
    const { arbiter } = settings.partitionTolerance;
    const rightsMs = settings.timings.downAfterMs;
    const gained = (): void => membership.beat();
    this.#arbiter = await arbiter?.open({
      hub: settings.id,
      node,
      life: nodeLife(node, incarnation),
      clock,
      rightsMs,
      gained,
      log,
    });
  }

  /** A member's heartbeat came. */
  heard({ node, incarnation }: NodeCard, lease: LentLease | undefined): void {
    const life = nodeLife(node, incarnation);
    if (lease !== undefined) this.#lender = life;
    else if (this.#lender === life) {
      this.#lender = undefined;
      this.#arbiter?.look();
    }
  }

  /** What this node tells the others of the lease it holds. */
  lends(nowMs: number): LentLease | undefined {
    const held = this.#arbiter?.held();
    return held && { forMs: held.untilMs - nowMs, settled: nowMs >= held.settledAtMs, term: held.term };
  }

  /** Those that rest on the lease while it lasts; all of them where there is no arbiter. `settled`: only on one that is. */
  backed(rests: readonly Acknowledged[], settled: boolean): Backed[] {
    if (this.#coordinator.settings.partitionTolerance.arbiter === undefined)
      return rests.map((rest) => ({ ...rest, untilMs: Number.POSITIVE_INFINITY, term: 0 }));
    const nowMs = this.#coordinator.clock.now();
    const own = this.lends(nowMs);
    return rests.flatMap((rest) => {
      const ends = rest.lent.map((lent) => ({ lent, untilMs: rest.sentAtMs + lent.forMs }));
      if (own !== undefined) ends.push({ lent: own, untilMs: nowMs + own.forMs });
      const [last] = ends.filter(({ lent }) => lent.settled || !settled).sort((a, b) => b.lent.term - a.lent.term);
      return last !== undefined && last.untilMs > nowMs ? [{ ...rest, untilMs: last.untilMs, term: last.lent.term }] : [];
    });
  }

  /** The lease goes to the member that has been there for longest. */
  async close(): Promise<void> {
    const arbiter = this.#arbiter;
    this.#arbiter = undefined;
    const { membership } = this.#coordinator;
    const peers = membership.peers.filter(({ draining }) => !draining);
    const [heir] = peers.sort((a, b) => a.joinedAtMs - b.joinedAtMs || (a.node < b.node ? -1 : 1));
    if (arbiter === undefined) return;
    await arbiter.close(heir && nodeLife(heir.node, heir.incarnation));
    membership.beat();
  }
}
