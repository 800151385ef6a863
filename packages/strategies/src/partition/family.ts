import type { Clock, ClusterView, NodeName, PartitionVerdict } from "@process-hub/protocol";
import type { Strategy } from "../strategy.js";

/**
 * Partition tolerance: may this side of a possible network cut go on serving?
 * Without this interface the choice between serving on both sides and pausing on one would be fixed in the cluster.
 *
 * The views here have all members that live, draining ones too: they are no loss yet.
 *
 * `memory` is what the strategy wants to know of earlier views, such as the largest cluster seen: plain data that the cluster keeps
 * for it. It begins as `initialMemory`, and each new view replaces it by `remember(view, memory, atMs)` before the verdict is asked.
 */
export interface PartitionStrategy<Settings = unknown, Memory = unknown> extends Strategy<"partition", Settings> {
  readonly initialMemory: Memory;
  /**
   * The memory after this view, which the node saw at `atMs` of its own clock.
   * `left`: the nodes that said goodbye since the last one, so that a leave is not taken for a cut; default none.
   */
  remember(view: ClusterView, memory: Memory, atMs: number, left?: readonly string[]): Memory;
  verdict(view: ClusterView, memory: Memory): PartitionVerdict;
  /** The memory after an operator said that the cluster has this many nodes; absent when the strategy does not count. */
  reset?(memory: Memory, size: number): Memory;
  /**
   * What of the memory the other members are told, at `atMs` of this node's clock: plain data, with durations in the place of instants, since
   * clocks differ. So a newcomer counts by what the group has learned. Absent: nothing is told.
   */
  tell?(memory: Memory, atMs: number): unknown;
  /** The memory after another member told of its own. `told` may be anything. Asked for all that a newcomer hears before it serves. */
  learn?(memory: Memory, told: unknown, atMs: number): Memory;
  /** True: every side serves whatever it sees, so nobody has to count, acknowledge or ask. Absent: the verdict says. */
  readonly alwaysServes?: true | undefined;
  /** What becomes of actors while the verdict is "pause": "stop" ends them, "freeze" keeps them in memory, running nothing. Default "stop". */
  readonly whilePaused?: "stop" | "freeze" | undefined;
  /** Asked besides the verdict, on the main thread of each node: a side serves only while a node that all of it hears holds its lease. */
  readonly arbiter?: PartitionArbiter | undefined;
}

/** The facts of the node that opens an arbiter. */
export interface ArbiterContext {
  readonly hub: string;
  readonly node: NodeName;
  /** `node@incarnation`: changes each time a node of this name starts. */
  readonly life: string;
  readonly clock: Clock;
  /** A right that rests on a lease lasts for no longer than this after it was lent, in ms, as far as this node knows the others' times. */
  readonly rightsMs: () => number;
  /** To be called when this node has got the lease: so the others hear of it at once. */
  readonly gained: () => void;
  readonly log: (level: "info" | "warn", message: string, data?: unknown) => void;
}

/** Something outside the cluster, reached without it, that lets one node at a time hold a lease for its side of a cut. */
export interface PartitionArbiter {
  /** Opens it with the hub, before that joins. Rejects with a `HubError` when it never can be. */
  open(about: ArbiterContext): Promise<OpenArbiter>;
}

/** The lease as its holder has it, in instants of its own clock. */
export interface HeldLease {
  /** No other node has the lease before. */
  readonly untilMs: number;
  /** From here on no right that an earlier holder gave is left, so the actors of dead nodes may be started. */
  readonly settledAtMs: number;
  /** Above the term of every earlier holder. */
  readonly term: number;
}

/** An arbiter at work for one node. */
export interface OpenArbiter {
  /** The lease while this node holds it; asked at each heartbeat. */
  held(): HeldLease | undefined;
  /** The holder has given up the lease, perhaps to this node. */
  look(): void;
  /** Lets go of the lease, to the member of that life if one is given. Resolves soon, whatever can be reached. */
  close(heir: string | undefined): Promise<void>;
}
