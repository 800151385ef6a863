/*
 * Measures in simulation what a node sends and receives, and fits the law of growth that the docs tell.
 * Without it the figures of `docs/operations.md` would be guesses, and a costly change would go unnoticed.
 */
import { gossip, majorityQuorum, pubSub } from "@process-hub/strategies";
import { Ledger } from "../campaign/ledger.actor.js";
import type { Traffic } from "../sim-network.js";
import { simulate } from "../simulate.js";
import type { SimulationOptions } from "../simulation.js";

/** Messages and bytes that one node sends and receives in a second, on average over all nodes. A broadcast is sent once. */
export type Cost = Readonly<Traffic>;

/** One kind of cluster life to be measured. */
export interface Scenario {
  readonly name: string;
  readonly hub: (nodes: number) => NonNullable<SimulationOptions["hub"]>;
  /** Changes of the registry in the whole cluster, a second: half of them starts, half stops. */
  readonly changesPerS: number;
  /** True when each heartbeat carries something about each member. */
  readonly square: boolean;
}

/** The scenarios whose cost `docs/operations.md` tells. */
export const scenarios: readonly Scenario[] = [
  { name: "idle", hub: () => ({}), changesPerS: 0, square: false },
  {
    name: "idle, `majorityQuorum`",
    hub: (nodes) => ({ partitionTolerance: majorityQuorum({ initialSize: nodes }) }),
    changesPerS: 0,
    square: true,
  },
  { name: "10 changes/s, `pubSub`", hub: () => ({ synchronization: pubSub() }), changesPerS: 10, square: false },
  { name: "10 changes/s, `gossip`", hub: () => ({ synchronization: gossip() }), changesPerS: 10, square: false },
];

/** Long enough to include a repair of the registry. */
const measuredMs = 10_000;
/** How long a new cluster takes to come to rest. */
const settlingMs = 5_000;

/** Measures the cost of a scenario with this many nodes, in simulation. */
export function measure({ hub, changesPerS }: Scenario, nodes: number): Promise<Cost> {
  return simulate({ seed: nodes, nodes, threads: 1, actors: [Ledger], hub: hub(nodes) }, async (sim) => {
    await sim.run(settlingMs);
    const [before, startMs] = [sim.totalTraffic, sim.nowMs];
    const some = () => sim.hub(Math.floor(sim.random.next() * nodes));
    while (sim.nowMs < startMs + measuredMs) {
      const endMs = sim.nowMs + 1_000;
      const ids = Array.from({ length: changesPerS / 2 }, (_, i) => `a-${i}`);
      await Promise.all(ids.map((id) => some().start(Ledger, { id })));
      await sim.run(300);
      await Promise.all(ids.map((id) => some().stop(id)));
      await sim.run(endMs - sim.nowMs);
    }
    return shareOf(since(before, sim.totalTraffic), nodes * ((sim.nowMs - startMs) / 1_000));
  });
}

/** What was sent and received between two looks. */
export function since(before: Cost, after: Cost): Cost {
  return each((figure) => after[figure] - before[figure]);
}

/** One of so many equal parts of a cost. */
export function shareOf(cost: Cost, parts: number): Cost {
  return each((figure) => cost[figure] / parts);
}

function each(of: (figure: keyof Cost) => number): Cost {
  return { sent: of("sent"), sentBytes: of("sentBytes"), received: of("received"), receivedBytes: of("receivedBytes") };
}

/** The curve through points, of as low a degree as their number allows. */
function through(points: readonly (readonly [x: number, y: number])[]): (x: number) => number {
  return (x) =>
    points.reduce(
      (sum, [xi, yi]) => sum + yi * points.reduce((product, [xj]) => (xj === xi ? product : (product * (x - xj)) / (xi - xj)), 1),
      0,
    );
}

/**
 * The cost at any size, fitted to the costs at three sizes. Costs grow linearly with the number of peers: a line through the last two
 * sizes. Where each node sends something about each peer, the sum grows with their square: a parabola through all three.
 */
export function law(
  { square }: Pick<Scenario, "square">,
  measured: readonly (readonly [nodes: number, cost: Cost])[],
): (nodes: number) => Cost {
  const curve = (figure: keyof Cost, from: typeof measured = measured.slice(-2)) =>
    through(from.map(([nodes, cost]) => [nodes, cost[figure]] as const));
  const curves = { sent: curve("sent"), sentBytes: curve("sentBytes"), received: curve("received") };
  const receivedBytes = curve("receivedBytes", square ? measured : undefined);
  return (nodes) => each((figure) => ({ ...curves, receivedBytes })[figure](nodes));
}
