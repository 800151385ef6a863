import type { Strategy } from "../strategy.js";

/**
 * Migration: how does an actor get to its new place, and what goes with it?
 * Without this interface the way an actor moves would be fixed in the cluster, with its pauses and its costs.
 *
 * An answer is data; the cluster runs the protocol it names. Either way an actor runs at one place at a time: the target serves nothing before
 * the source has stopped.
 */
export interface MigrationStrategy<Settings = unknown> extends Strategy<"migration", Settings> {
  /** "restart": stop at the source, then start at the target. "handoff": seal, transfer, go on, with nothing lost on the way. */
  readonly mode: "handoff" | "restart";
  /** Whether the state goes along; if not, the target begins with `init`. */
  readonly carryState: boolean;
  /**
   * When a move counts as done: true, when the target says that it runs the actor; false, when the source has let it go (the commit), which
   * is sooner by one way there and back. What becomes of the actor is the same.
   */
  readonly confirm: boolean;
  /**
   * How long the source keeps what it handed over while the target has not loaded it, for each actor on its own, counted from its transfer:
   * then the move is given up and the actor goes on at the source. 0: as long as any step of a handoff may take (`handoffTimeoutMs`), which
   * bounds it in any case. After the commit the source keeps nothing.
   */
  readonly retentionMs: number;
  /** How many actors move in one batch. */
  readonly batchSize: number;
}
