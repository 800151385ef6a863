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
  /** False under a strategy that always serves. */
  readonly counts: boolean;
  readonly lease: Pick<ServingLease, "holds">;
  readonly membership: Pick<Membership, "peers" | "peer">;
  /** The record that counts for an actor. */
  readonly recordOf: (id: string) => RegistryRecord | undefined;
  readonly hooks: Pick<Hooks, "emit">;
  /** How long the opening of a node waits for it to serve, before its user gets the node unserving. */
  readonly openTimeoutMs: number;
}

/** May this node serve? `Partition` moves the gate from phase to phase; all other parts ask it. */
export class ServingGate {
  /** False under a strategy that always serves, as `divergence` does: then nothing is asked, sent or kept. */
  readonly counts: boolean;
  readonly #ports: ServingGatePorts;
  readonly #waiting = new Waiters();
  #phase: ServingPhase;
  #adoptsAtMs = 0;
  /** True once the node's user has the node, and is told of its pauses. */
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

  /** Enters a phase; the table of `serving-phase` says which may follow. */
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

  /** The node serves again, and starts actors of dead nodes only after an instant. */
  returns(adoptsAtMs: number): void {
    this.#adoptsAtMs = adoptsAtMs;
    this.enter("returning");
  }

  /** The members agree with this node on who is there, or no longer do. It has no effect while the node is paused. */
  agree(agreed: boolean): void {
    if (this.paused || !this.counts) return;
    if (!agreed) this.enter("alone");
    else this.enter(this.#ports.clock.now() < this.#adoptsAtMs ? "returning" : "agreed");
  }

  /** True while this node does not serve. */
  get paused(): boolean {
    return pausedPhases.has(this.#phase);
  }

  /** True while the members agree with this node on who is there. */
  get agreed(): boolean {
    return this.#phase === "agreed" || this.#phase === "returning";
  }

  /** True until the node's user has the node. */
  get opening(): boolean {
    return !this.#opened;
  }

  /** True while actors of this node may run and new actors may come. */
  get serves(): boolean {
    return !this.counts || (!this.paused && this.#ports.lease.holds);
  }

  /**
   * True while this node may start actors of dead nodes, which then no member of its quorum sees. Several nodes may return in one instant,
   * each the only serving node as far as it knows; so a returning node waits until all have heard of each other. A node that slept past its
   * lease may not adopt either: it takes members for dead whose links begin anew, until it has heard them again.
   */
  get mayAdopt(): boolean {
    return this.#ports.lease.holds && (!this.counts || (this.agreed && this.#ports.clock.now() >= this.#adoptsAtMs));
  }

  /**
   * Resolves when this node knows which other nodes serve; undefined when it knows already. For a while after this node began to serve it
   * does not: others may have begun in the same instant, and two nodes that do not know of each other could both admit an id.
   */
  knowsOthers(): Promise<void> | undefined {
    const { clock, membership } = this.#ports;
    const leftMs = this.#adoptsAtMs - clock.now();
    if (!this.counts || leftMs <= 0 || membership.peers.length === 0) return undefined;
    return after(clock, leftMs);
  }

  /** The error for a call that this node refuses while it does not serve; `what`: what did not happen. */
  refusal(what: string, id?: string): Partitioned {
    const { node, membership } = this.#ports;
    const sees = membership.peers.map((card) => card.node).join(", ") || "nobody";
    const why = this.paused
      ? `the nodes it sees (${sees}) are too few, or have not agreed with it yet on who is there`
      : `its right to serve has run out, and the nodes it sees (${sees}) have not renewed it yet`;
    return new Partitioned(`${what}: node ${node} does not serve: ${why}`, id === undefined ? { node } : { id, node });
  }

  /** Rejects for an ask of this node's user that nobody could answer now; undefined when the ask may be sent. */
  asked(id: string): Promise<never> | undefined {
    const refused = this.refused(id);
    return refused && Promise.reject(refused);
  }

  /** What such an ask rejects with; undefined when it may be sent. */
  refused(id: string): Partitioned | undefined {
    return this.#opened && this.paused && !this.runsElsewhere(id) ? this.refusal(`actor ${id} is not asked`, id) : undefined;
  }

  /** True for an actor that runs on another member, as far as this node knows. */
  runsElsewhere(id: string): boolean {
    const { recordOf, membership, node } = this.#ports;
    const record = recordOf(id);
    if (record === undefined || record.state === "down") return false;
    const host = nodeOf(record.place);
    return host !== node && membership.peer(host) !== undefined;
  }

  /** Resolves when this node serves, or `openTimeoutMs` has passed; `late` is called when it serves after that. */
  async opened(late: () => void): Promise<void> {
    const { clock, openTimeoutMs } = this.#ports;
    if (this.paused) await this.#waiting.waitWithin(clock, openTimeoutMs);
    this.#opened = true;
    if (!this.paused) return;
    this.#waiting.add(late);
    this.tell();
  }

  /** Releases those that wait for this node to serve. */
  release(): void {
    this.#waiting.release();
  }

  /** Tells the node's user whether the node is paused, if that has changed. */
  tell(): void {
    if (!this.#opened || this.#toldPaused === this.paused) return;
    this.#toldPaused = this.paused;
    const { node, hooks, membership } = this.#ports;
    const members = [node, ...membership.peers.map((card) => card.node)].sort();
    hooks.emit("partitionChanged", { node, partitioned: this.paused, members });
  }
}
