import { child } from "@process-hub/cluster";
import { gossip, majorityQuorum, pubSub } from "@process-hub/strategies";
import { Ledger } from "../campaign/ledger.actor.js";
import type { Traffic } from "../sim-network.js";
import { simulate } from "../simulate.js";
import type { SimulationOptions } from "../simulation.js";

/** What one node sends and gets in a second, on average over all nodes. A broadcast is sent once. */
export type Cost = Readonly<Traffic>;

/** One kind of cluster life to be measured. */
export interface Scenario {
  readonly name: string;
  readonly hub: (nodes: number) => NonNullable<SimulationOptions["hub"]>;
  /** Changes of the registry in the whole cluster, a second: half of them starts, half stops. */
  readonly changesPerS: number;
}

/** What `docs/operations.md` tells the cost of. */
export const scenarios: readonly Scenario[] = [
  { name: "idle", hub: () => ({}), changesPerS: 0 },
  {
    name: "idle, `majorityQuorum`",
    hub: (nodes) => ({ partitionTolerance: majorityQuorum({ initialSize: nodes }) }),
    changesPerS: 0,
  },
  { name: "20 changes/s, `pubSub`", hub: () => ({ synchronization: pubSub() }), changesPerS: 20 },
  { name: "20 changes/s, `gossip`", hub: () => ({ synchronization: gossip() }), changesPerS: 20 },
];

/** Two repairs of the registry are in it. */
const measuredMs = 20_000;
/** After it a cluster that has just formed is at rest. */
const settlingMs = 15_000;

/** The cost of a scenario with so many nodes, in simulation. */
export function measure({ hub, changesPerS }: Scenario, nodes: number): Promise<Cost> {
  return simulate({ seed: nodes, nodes, threads: 1, actors: [Ledger], hub: hub(nodes) }, async (sim) => {
    await sim.run(settlingMs);
    const all = sim.nodes.map((_, index) => index);
    const sum = (figure: keyof Traffic): number => all.reduce((total, index) => total + (sim.traffic(index)?.[figure] ?? 0), 0);
    const sums = () => figures.map((figure) => sum(figure));
    const [before, startMs] = [sums(), sim.nowMs];
    const some = () => sim.hub(Math.floor(sim.random.next() * nodes));
    while (sim.nowMs < startMs + measuredMs) {
      const endMs = sim.nowMs + 1_000;
      const ids = Array.from({ length: changesPerS / 2 }, (_, i) => `a-${i}`);
      await Promise.all(ids.map((id) => some().start(Ledger, { id })));
      await sim.run(300);
      await Promise.all(ids.map((id) => some().stop(id)));
      await sim.run(endMs - sim.nowMs);
    }
    const seconds = (sim.nowMs - startMs) / 1_000;
    const [sent = 0, sentBytes = 0, received = 0, receivedBytes = 0] = sums().map(
      (after, i) => (after - (before[i] ?? 0)) / nodes / seconds,
    );
    return { sent, sentBytes, received, receivedBytes };
  });
}
const figures = ["sent", "sentBytes", "received", "receivedBytes"] as const;

/** The parabola through three points: what grows with the nodes grows with each node's peers, or with what each says of its peers. */
export function parabola(points: readonly (readonly [x: number, y: number])[]): (x: number) => number {
  return (x) =>
    points.reduce(
      (sum, [xi, yi]) => sum + yi * points.reduce((product, [xj]) => (xj === xi ? product : (product * (x - xj)) / (xi - xj)), 1),
      0,
    );
}

/** The law of a scenario: measured at three sizes, computed for any other. */
export async function law(scenario: Scenario, sizes: readonly number[]): Promise<(nodes: number) => Cost> {
  const costs: (readonly [number, Cost])[] = [];
  for (const size of sizes) costs.push([size, await measure(scenario, size)]);
  const [sent, sentBytes, received, receivedBytes] = figures.map((figure) =>
    parabola(costs.map(([size, cost]) => [size, cost[figure]] as const)),
  );
  const at = (curve: ((x: number) => number) | undefined, nodes: number): number => Math.max(0, curve?.(nodes) ?? 0);
  return (nodes) => ({
    sent: at(sent, nodes),
    sentBytes: at(sentBytes, nodes),
    received: at(received, nodes),
    receivedBytes: at(receivedBytes, nodes),
  });
}
