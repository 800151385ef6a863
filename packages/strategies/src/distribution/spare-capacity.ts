import type { ClusterView, NodeLoad, ViewNode } from "@process-hub/protocol";

/** A busy node keeps this share of its capacity, so that a wrong figure never shuts it out. */
const leastShare = 0.01;
/** The number of waiting messages that halves the capacity of a node. */
const queuedHalf = 1_000;

/**
 * How much each node of a view can take on, by name: its threads, times the share of its event loop and memory that is free, less for
 * messages that wait and for more actors than others have. Loads count `decay` times as much for each step they are older.
 * A node that has not said anything yet counts as idle.
 * Without one figure for all of these a node could look idle while its queues grow.
 */
export function spareCapacity({ nodes }: ClusterView, decay: number): ReadonlyMap<string, number> {
  const loads = nodes.map((node) => decayed(node, decay));
  const mean = loads.reduce((sum, { actors }) => sum + actors, 0) / Math.max(1, nodes.length);
  return new Map(nodes.map(({ node, threads }, at) => [node, Math.max(1, threads) * share(loads[at] ?? idle, mean)]));
}

const idle: NodeLoad = Object.freeze({ eventLoop: 0, queued: 0, actors: 0, memory: 0 });

function share({ eventLoop, memory, queued, actors }: NodeLoad, meanActors: number): number {
  const waiting = queuedHalf / (queuedHalf + queued);
  const fewer = (meanActors + 1) / (meanActors + 1 + actors);
  return Math.max(leastShare, free(eventLoop) * free(memory) * waiting * fewer);
}

function decayed({ loads = [] }: ViewNode, decay: number): NodeLoad {
  const total = { eventLoop: 0, queued: 0, actors: 0, memory: 0 };
  let weights = 0;
  for (const [at, load] of loads.entries()) {
    const weight = decay ** (loads.length - 1 - at);
    weights += weight;
    for (const key of ["eventLoop", "queued", "actors", "memory"] as const) total[key] += weight * atLeast0(load[key]);
  }
  if (weights === 0) return idle;
  for (const key of ["eventLoop", "queued", "actors", "memory"] as const) total[key] /= weights;
  return total;
}

function free(used: number): number {
  return 1 - Math.min(1, used);
}

function atLeast0(figure: number): number {
  return Number.isFinite(figure) ? Math.max(0, figure) : 0;
}
