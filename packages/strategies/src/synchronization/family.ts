import type { Strategy } from "../strategy.js";

/** A batch of registry changes that is to go on from `self`. */
export interface SpreadRequest {
  readonly self: string;
  /** The members, without `self`. */
  readonly peers: readonly string[];
  /** The nodes known to have the batch, or to get it from others; empty when it begins here. */
  readonly heard: readonly string[];
  /** Chance for this one decision: a whole number from 0 to 2^32 - 1. */
  readonly seed: number;
}

/**
 * Synchronization: to whom does a node send registry changes, and how often is what got lost repaired?
 * Without this interface how changes spread would be fixed in the registry, for two nodes and for two hundred alike.
 *
 * A strategy only spreads; each node is the only author of its own entries, so merging them cannot conflict.
 */
export interface SynchronizationStrategy<Settings = unknown> extends Strategy<"synchronization", Settings> {
  /** Those of `peers` that `self` sends the batch to at once; each at most once, never itself, none that has heard it. */
  spread(request: SpreadRequest): readonly string[];
  /** How many members a node compares what it holds with at each repair, drawn by chance; absent: all. */
  readonly repairPeers?: number | undefined;
  /** How often nodes compare what they hold and fetch what they miss. */
  readonly repairEveryMs: number;
}
