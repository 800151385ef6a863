/*
 * The one answer to "may this node run handlers now, start actors, take over what dead nodes ran?".
 * Without it two sides of a network cut could serve one actor at overlapping times.
 */
import {
  after,
  type Checks,
  type Clock,
  mayBecome,
  type NodeName,
  nodeOf,
  Partitioned,
  type RegistryRecord,
  Waiters,
} from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import type { Membership } from "../membership/membership.js";
import type { ServingLease } from "./serving-lease.js";
import { pausedPhases, type ServingPhase, servingPhases } from "./serving-phase.js";

/** What the gate looks at, and whom it tells. */
export interface ServingGatePorts {
  readonly node: NodeName;
  readonly clock: Clock;
  readonly checks: Checks;
  /** False under a strategy that serves whatever happens. */
  readonly counts: boolean;
  readonly lease: Pick<ServingLease, "until">;
  readonly membership: Pick<Membership, "peers" | "peer">;
  /** The record that counts for an actor. */
  readonly recordOf: (id: string) => RegistryRecord | undefined;
  readonly hooks: Pick<Hooks, "emit">;
  /** For how long an opening node waits until it serves, before its user goes on without that. */
  readonly openTimeoutMs: number;
}

/** May this node serve? `Partition` moves it from phase to phase; all others ask. */
export class ServingGate {
  /** False under a strategy that serves whatever happens, as `divergence` does: then nothing is asked, sent or kept. */
  readonly counts: boolean;
  readonly #ports: ServingGatePorts;
  readonly #waiting = new Waiters();
  #phase: ServingPhase;
  #adoptsAtMs = 0;
  /** The node's user has it, and hears of its pauses. */
  #opened = false;
  #toldPaused = false;

  constructor(ports: ServingGatePorts) {
    this.#ports = ports;
    this.counts = ports.counts;
    this.#phase = ports.counts ? "joining" : "always";
  }

  get phase(): ServingPhase {
    return this.#phase;
  }

  /** Enters a phase, by the table of `serving-phase`. */
  enter(phase: ServingPhase): void {
    if (phase === this.#phase) return;
    const from = this.#phase;
    this.#ports.checks.invariant(
      mayBecome(servingPhases, from, phase),
      "a node serves, pauses and returns as its table lets follow",
      () => `${from} to ${phase}`,
    );
    this.#phase = phase;
    if (phase === "kept") this.#ports.checks.mark("servingKept");
    if (phase === "stopped") this.#ports.checks.mark("servingStopped");
    if (phase === "alone") this.#ports.checks.mark("servingAlone");
    if (phase === "returning" && from !== "joining") this.#ports.checks.mark("servingReturned");
  }

  /** The node serves again, and starts nothing of others before so much time has passed. */
  returns(adoptsAtMs: number): void {
    this.#adoptsAtMs = adoptsAtMs;
    this.enter("returning");
  }

  /** The others agree with this node on who is there, or do not any more. Nothing follows from it while the node is paused. */
  agree(agreed: boolean): void {
    if (this.paused || !this.counts) return;
    if (!agreed) this.enter("alone");
    else this.enter(this.#ports.clock.now() < this.#adoptsAtMs ? "returning" : "agreed");
  }

  /** True while this node does not serve. */
  get paused(): boolean {
    return pausedPhases.has(this.#phase);
  }

  /** True while the others agree with this node on who is there. */
  get agreed(): boolean {
    return this.#phase === "agreed" || this.#phase === "returning";
  }

  /** True before the node's user has it. */
  get opening(): boolean {
    return !this.#opened;
  }

  /** True while actors of this node may run and new ones may come. */
  get serves(): boolean {
    return !this.counts || (!this.paused && this.#leaseHolds);
  }

  /**
   * True while this node may start what dead nodes ran: nobody whom it counts on sees them. Several nodes may return in one instant, each
   * the only one that serves as far as it knows: who is to start what is clear when all have heard of each other. One that slept past its
   * lease takes members for dead whose links begin anew, until it has heard them again.
   */
  get mayAdopt(): boolean {
    return this.#leaseHolds && (!this.counts || (this.agreed && this.#ports.clock.now() >= this.#adoptsAtMs));
  }

  /**
   * Resolves when this node knows who else serves; undefined when it does, as it does but for a while after it began to: others may have begun in the
   * same instant, and two that do not know of each other would each decide about an id.
   */
  knowsOthers(): Promise<void> | undefined {
    const { clock, membership } = this.#ports;
    const leftMs = this.#adoptsAtMs - clock.now();
    if (!this.counts || leftMs <= 0 || membership.peers.length === 0) return undefined;
    return after(clock, leftMs);
  }

  /** The error of what this node does not do while it does not serve. */
  refusal(what: string, id?: string): Partitioned {
    const { node, membership } = this.#ports;
    const sees = membership.peers.map((card) => card.node).join(", ") || "nobody";
    return new Partitioned(
      `${what}: node ${node} does not serve, since the nodes it sees (${sees}) may not go on without the others`,
      id === undefined ? { node } : { id, node },
    );
  }

  /** The refusal of an ask of a user of this node that no one could answer now; undefined when it may be sent. */
  asked(id: string): Promise<never> | undefined {
    return this.#opened && this.paused && !this.runsElsewhere(id)
      ? Promise.reject(this.refusal(`actor ${id} is not asked`, id))
      : undefined;
  }

  /** True for an actor that runs on another member, as far as is known here. */
  runsElsewhere(id: string): boolean {
    const { recordOf, membership, node } = this.#ports;
    const record = recordOf(id);
    if (record === undefined || record.state === "down") return false;
    const host = nodeOf(record.place);
    return host !== node && membership.peer(host) !== undefined;
  }

  /** Resolves when this node serves, or has waited for it as long as for a node that is down; `late` is called when it serves after that. */
  async opened(late: () => void): Promise<void> {
    const { clock, openTimeoutMs } = this.#ports;
    if (this.paused) await this.#waiting.waitWithin(clock, openTimeoutMs);
    this.#opened = true;
    if (!this.paused) return;
    this.#waiting.add(late);
    this.tell();
  }

  /** Those who wait for it to serve go on. */
  release(): void {
    this.#waiting.release();
  }

  /** Tells the node's user whether it is paused, where that is news. */
  tell(): void {
    if (!this.#opened || this.#toldPaused === this.paused) return;
    this.#toldPaused = this.paused;
    const { node, hooks, membership } = this.#ports;
    const members = [node, ...membership.peers.map((card) => card.node)].sort();
    hooks.emit("partitionChanged", { node, partitioned: this.paused, members });
  }

  get #leaseHolds(): boolean {
    return this.#ports.clock.now() <= (this.#ports.lease.until[0] ?? 0);
  }
}
