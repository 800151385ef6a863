import type { ClusterView, Placeable } from "@process-hub/protocol";
import type { Strategy } from "../strategy.js";

/**
 * Distribution: which nodes should run this actor?
 * Without this interface where actors run would be fixed in the cluster.
 *
 * Asked once for each view; the answer, a Placement, is then asked for each actor. Every node computes it for itself, so it depends on
 * nothing but the view, the actor and the settings.
 */
export interface DistributionStrategy<Settings = unknown> extends Strategy<"distribution", Settings> {
  place(view: ClusterView): Placement;
  /**
   * Why this actor cannot be started in this way with this many replicas: "nodes: given ..., allowed is ..."; undefined: nothing.
   * Absent: nothing ever is. Asked by the hub it is started at, before anything else; the start then fails with `StartFailed`.
   */
  check?(child: Placeable, replicas: number): string | undefined;
  /** How often nodes tell each other their load, and `historySize` of them kept per node; absent: never. */
  readonly loads?: { readonly everyMs: number; readonly historySize: number } | undefined;
}

/** Where actors belong in one view. */
export interface Placement {
  /**
   * At most `count` distinct nodes of the view, the owner first; asking for more only adds at the end.
   * Empty: there is nowhere to run it now, so it waits.
   */
  owners(child: Placeable, count: number): readonly string[];
  /**
   * The one node that decides whether an id is free, and where its actor starts: the same on every node of the view. Asked with the id alone
   * (`actor` is empty), since one id may be started in several ways. Absent: the first owner of the id alone, or a node by a hash ring where
   * there is none. To be given when `owners` rests on what nodes may see differently, such as loads.
   */
  registrar?(child: Placeable): string | undefined;
}
