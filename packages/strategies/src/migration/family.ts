import type { Strategy } from "../strategy.js";

/**
 * Migration: how does an actor get to its new place, and what goes with it?
 *
 * An answer is data; the cluster runs the protocol it names. Both ways keep the promise of one copy: the target serves nothing before
 * the source has stopped.
 */
export interface MigrationStrategy<Settings = unknown> extends Strategy<"migration", Settings> {
  /** "restart": stop at the source, then start at the target. "handoff": seal, transfer, go on, with nothing lost on the way. */
  readonly mode: "handoff" | "restart";
  /** Whether the state goes along; if not, the target begins with `init`. */
  readonly carryState: boolean;
  /** Whether the source waits for the target's word that the actor runs before it counts the move as done. */
  readonly confirm: boolean;
  /** How long the source keeps what it handed over, for each actor on its own, counted from its transfer. */
  readonly retentionMs: number;
  /** How many actors move in one batch. */
  readonly batchSize: number;
}
