import type { ClusterView, PartitionVerdict } from "@process-hub/protocol";
import type { Strategy } from "../strategy.js";

/**
 * Partition tolerance: may this side of a possible network cut go on serving?
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
  /** What becomes of actors while the verdict is "pause": "stop" ends them, "freeze" keeps them in memory, running nothing. Default "stop". */
  readonly whilePaused?: "stop" | "freeze" | undefined;
}
