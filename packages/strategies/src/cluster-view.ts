import type { ClusterView, ViewNode } from "@process-hub/protocol";

/**
 * A view of these nodes, copied, sorted by name (UTF-16 order, the same on every machine) and frozen.
 * Without the order two nodes could decide differently on the same members.
 */
export function clusterView(nodes: readonly ViewNode[]): ClusterView {
  const sorted = nodes.map((node) => Object.freeze({ ...node })).sort((a, b) => (a.node < b.node ? -1 : a.node > b.node ? 1 : 0));
  return Object.freeze({ nodes: Object.freeze(sorted) });
}
