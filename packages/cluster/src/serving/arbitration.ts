/*
 * Limits this node's right to serve to the time of a lease that is held outside the cluster, under a strategy that uses one.
 * Without it an even split could not go on at all, or both halves would.
 */
import { type Clock, instant, type LentLease, type NodeCard, nodeLife, passedMs } from "@process-hub/protocol";
import type { OpenArbiter, PartitionStrategy } from "@process-hub/strategies";
import type { Log } from "../events/hub-events.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Acknowledged } from "./acknowledgements.js";

/** Acknowledged heartbeats, and how long after they were sent something may rest on them. */
export interface Backed extends Acknowledged {
  readonly forMs: number;
  /** The term of the lease they rest on. */
  readonly term: number;
}

/** The facts and parts that an arbitration uses. */
export interface ArbitrationPorts {
  readonly hub: string;
  readonly local: Pick<LocalNode, "name" | "incarnation">;
  /** Absent: the strategy has none. */
  readonly arbiter: PartitionStrategy["arbiter"];
  readonly clock: Clock;
  readonly membership: Pick<Membership, "peers" | "beat" | "longest">;
  readonly log: Log;
}

/**
 * The arbiter of the partition strategy, where it has one. Then only heartbeats count that the holder of the arbiter's lease has
 * acknowledged, and the right to serve ends with that lease. So all nodes that serve at one time share the holder, as quorums share a
 * member.
 *
 * The holder says with its heartbeats for how long it has the lease. A node that hears this counts from when it *sent* the heartbeat which
 * the holder acknowledges. That was earlier, so no clocks are compared and no delay makes the time longer.
 */
export class Arbitration {
  readonly #ports: ArbitrationPorts;
  #arbiter: OpenArbiter | undefined;
  /** The life of the member that lent the lease last. */
  #lender: string | undefined;

  constructor(ports: ArbitrationPorts) {
    this.#ports = ports;
  }

  async open(): Promise<void> {
    const { hub, local, arbiter, clock, membership, log } = this.#ports;
    const life = nodeLife(local.name, local.incarnation);
    const gained = (): void => membership.beat();
    this.#arbiter = await arbiter?.open({
      hub,
      node: local.name,
      life,
      clock,
      gained,
      log,
      rightsMs: () => membership.longest("downAfterMs"),
    });
  }

  /**
   * A member's heartbeat came. One that lent the lease and does not any more may be handing it over just now: each of its heartbeats has the store
   * looked at, until another member lends.
   */
  heard({ node, incarnation }: NodeCard, lease: LentLease | undefined): void {
    const life = nodeLife(node, incarnation);
    if (lease !== undefined) this.#lender = life;
    else if (this.#lender === life) this.#arbiter?.look();
  }

  /** The lease that this node holds, as it tells the members; undefined when it holds none. */
  lends(): LentLease | undefined {
    const nowMs = this.#ports.clock.now();
    const held = this.#arbiter?.held();
    return held && { forMs: held.untilMs - nowMs, settled: nowMs >= held.settledAtMs, term: held.term };
  }

  /** The acknowledged heartbeats that rest on a running lease; all of them where there is no arbiter. `settled`: only a settled lease counts. */
  backed(rests: readonly Acknowledged[], settled: boolean): Backed[] {
    if (this.#ports.arbiter === undefined) return rests.map((rest) => ({ ...rest, forMs: Number.POSITIVE_INFINITY, term: 0 }));
    const at = instant(this.#ports.clock);
    const own = this.lends();
    return rests.flatMap((rest) => {
      const agoMs = passedMs(rest.sentAt, at);
      const ends = rest.lent.map((lent) => ({ lent, forMs: lent.forMs }));
      if (own !== undefined) ends.push({ lent: own, forMs: agoMs + own.forMs });
      const [last] = ends.filter(({ lent }) => lent.settled || !settled).sort((a, b) => b.lent.term - a.lent.term);
      return last !== undefined && last.forMs > agoMs ? [{ ...rest, forMs: last.forMs, term: last.lent.term }] : [];
    });
  }

  /** Gives the lease to the member that joined first. */
  async close(): Promise<void> {
    const arbiter = this.#arbiter;
    this.#arbiter = undefined;
    const { membership } = this.#ports;
    const peers = membership.peers.filter(({ draining }) => !draining);
    const [heir] = peers.sort((a, b) => a.joinedAtMs - b.joinedAtMs || (a.node < b.node ? -1 : 1));
    if (arbiter === undefined) return;
    await arbiter.close(heir && nodeLife(heir.node, heir.incarnation));
    membership.beat();
  }
}
