/*
 * A partition strategy that rests on a lease outside the cluster: what this node's own rights are worth while somebody holds it.
 * Without it an even split could not go on at all, or both halves would.
 */
import { type Clock, type LentLease, type NodeCard, nodeLife } from "@process-hub/protocol";
import type { OpenArbiter, PartitionStrategy } from "@process-hub/strategies";
import type { Log } from "../events/hub-events.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Acknowledged } from "./acknowledgements.js";

/** Acknowledged heartbeats, and the instant after which nothing may rest on them. */
export interface Backed extends Acknowledged {
  readonly untilMs: number;
  /** The term of the lease they rest on. */
  readonly term: number;
}

/** What an arbitration needs of its node. */
export interface ArbitrationPorts {
  readonly hub: string;
  readonly local: Pick<LocalNode, "name" | "incarnation">;
  /** Absent: the strategy has none. */
  readonly arbiter: PartitionStrategy["arbiter"];
  /** How long rights last that rest on the lease. */
  readonly rightsMs: number;
  readonly clock: Clock;
  readonly membership: Pick<Membership, "peers" | "beat">;
  readonly log: Log;
}

/**
 * The arbiter of the partition strategy, where it has one: then heartbeats count only that the holder of its lease has acknowledged, and
 * what rests on them ends with that lease. So all who serve at one time share the holder, as quorums share a member.
 *
 * The holder says with its heartbeats for how long it has the lease. A node that hears this counts from when it *sent* the heartbeat that is
 * acknowledged there, which was earlier: no clock is compared, and no delay makes it longer.
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
    const { hub, local, arbiter, rightsMs, clock, membership, log } = this.#ports;
    const life = nodeLife(local.name, local.incarnation);
    const gained = (): void => membership.beat();
    this.#arbiter = await arbiter?.open({ hub, node: local.name, life, clock, rightsMs, gained, log });
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
    if (this.#ports.arbiter === undefined) return rests.map((rest) => ({ ...rest, untilMs: Number.POSITIVE_INFINITY, term: 0 }));
    const nowMs = this.#ports.clock.now();
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
    const { membership } = this.#ports;
    const peers = membership.peers.filter(({ draining }) => !draining);
    const [heir] = peers.sort((a, b) => a.joinedAtMs - b.joinedAtMs || (a.node < b.node ? -1 : 1));
    if (arbiter === undefined) return;
    await arbiter.close(heir && nodeLife(heir.node, heir.incarnation));
    membership.beat();
  }
}
