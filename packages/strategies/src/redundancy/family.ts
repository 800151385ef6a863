import type { ClusterView, Mode } from "@process-hub/protocol";
import type { Strategy } from "../strategy.js";

/**
 * Redundancy: how many replicas of an actor run, and which of them are active?
 * Without this interface the number of replicas would be fixed in the cluster, the same for every hub.
 */
export interface RedundancyStrategy<Settings = unknown> extends Strategy<"redundancy", Settings> {
  /** How many replicas this view should run, at least 1. It may exceed the nodes there are; distribution then gives fewer owners. */
  replicas(view: ClusterView): number;
  /** The mode of the replica on `node`, which is one of the actor's `owners` as distribution orders them. The first owner is active. */
  mode(owners: readonly string[], node: string): Mode;
  /** Which replicas hear of their mode through the actor's `lifecycle.signal`, at their start and at each change. */
  readonly signals: "none" | "active" | "passive" | "all";
  /** Whether passive replicas receive the active one's state after what it handled. */
  readonly standby: boolean;
  /**
   * How many of an actor's standbys must have its state before what it sent while it came to that state leaves: its replies above all.
   * "majority": more than half of the standbys that this view has for it. Absent: "none".
   */
  readonly acknowledge?: "none" | "standby" | "majority" | undefined;
}
