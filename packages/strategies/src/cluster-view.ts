/** How busy a node is, as it said last. */
export interface NodeLoad {
  /** The busiest of its threads' event loops, main thread included: 0 idle, 1 never idle. */
  readonly eventLoop: number;
  /** Messages that wait in mailboxes and on links. */
  readonly queued: number;
  readonly actors: number;
  /** Of what its process may use: 0 none, 1 all. */
  readonly memory: number;
}

/** One node that takes actors. */
export interface ViewNode {
  readonly node: string;
  /** Changes each time a node of this name starts. */
  readonly incarnation: string;
  /** How many worker threads it runs actors on. */
  readonly threads: number;
  readonly joinedAtMs: number;
  /** What it said of itself lately, oldest first; absent unless the distribution strategy asks for loads (`loadEveryMs`). */
  readonly loads?: readonly NodeLoad[] | undefined;
}

/** What a strategy sees of the cluster: the nodes that take actors (a draining node is not among them), sorted by name, frozen. */
export interface ClusterView {
  readonly nodes: readonly ViewNode[];
}

/** A view of these nodes, copied, sorted by name (UTF-16 order, the same on every machine) and frozen. */
export function clusterView(nodes: readonly ViewNode[]): ClusterView {
  const sorted = nodes.map((node) => Object.freeze({ ...node })).sort((a, b) => (a.node < b.node ? -1 : a.node > b.node ? 1 : 0));
  return Object.freeze({ nodes: Object.freeze(sorted) });
}
