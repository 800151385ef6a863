import type { Strategy } from "../strategy.js";

/**
 * Synchronization: to whom does a node send its registry changes, and how often is what got lost repaired?
 *
 * A strategy only spreads; each node is the only author of its own entries, so merging them cannot conflict.
 */
export interface SynchronizationStrategy<Settings = unknown> extends Strategy<"synchronization", Settings> {
  /** Those of `peers` that `self` sends a change to at once; each at most once, never itself. */
  spread(self: string, peers: readonly string[]): readonly string[];
  /** How often two nodes compare what they hold and fetch what they miss. */
  readonly repairEveryMs: number;
}
