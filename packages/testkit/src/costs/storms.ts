/*
 * Measures in simulation what comes of many changes of members at once: the moves that are made, and those that are needed.
 * Without it a cluster could move its actors back and forth in a storm, and nobody would see what that costs.
 */
import { child } from "@process-hub/cluster";
import { Ledger } from "../campaign/ledger.actor.js";
import { simulate } from "../simulate.js";
import type { Simulation } from "../simulation.js";

/** One storm. */
export interface Storm {
  readonly name: string;
  /** How many nodes there are before. */
  readonly nodes: number;
  readonly happens: (sim: Simulation) => Promise<unknown>;
}

/** What a storm cost. */
export interface StormCost {
  /** Actors whose node is another one afterwards. */
  readonly needed: number;
  /** Moves that were made. */
  readonly moves: number;
  /** From the first change to the last move, in milliseconds. */
  readonly restMs: number;
}

/** One after the other, so many milliseconds apart. */
async function spread(sim: Simulation, count: number, apartMs: number, one: (index: number) => Promise<unknown>): Promise<void> {
  const all: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    all.push(one(i));
    await sim.run(apartMs);
  }
  await Promise.all(all);
}

/** The storms whose cost `docs/operations.md` tells. */
export const storms: readonly Storm[] = [
  { name: "30 nodes join 10 within a second", nodes: 10, happens: (sim) => spread(sim, 30, 33, () => sim.join()) },
  { name: "10 of 20 nodes leave at once", nodes: 20, happens: (sim) => spread(sim, 10, 0, (i) => sim.leave(i * 2)) },
  { name: "10 of 20 nodes leave within a second", nodes: 20, happens: (sim) => spread(sim, 10, 100, (i) => sim.leave(i * 2)) },
];

/** How often a storm is looked at for nodes that have come, and how long it may take until all is at rest. */
const [stepMs, restMs] = [50, 10_000];

/** Measures a storm over so many actors, in simulation. The story keeps node 1, which sees all of it. */
export function measureStorm({ nodes, happens }: Storm, actors: number): Promise<StormCost> {
  return simulate({ seed: nodes, nodes, threads: 1, actors: [Ledger] }, async (sim) => {
    await sim.run(restMs / 2);
    await sim.hub(1).startChildren(Array.from({ length: actors }, (_, i) => child(Ledger, { id: `a-${i}` })));
    await sim.run(restMs / 2);
    const places = () =>
      new Map(
        sim
          .hub(1)
          .list()
          .map(({ id, replicas }) => [id, replicas[0]?.node]),
      );
    const [before, startMs] = [places(), sim.nowMs];
    let moves = 0;
    let lastMs = startMs;
    let heard = 0;
    const hear = (): void => {
      for (; heard < sim.nodes.length; heard++) {
        sim.nodes[heard]?.hub.on("childrenMoved", ({ ids }) => {
          moves += ids.length;
          lastMs = sim.nowMs;
        });
      }
    };
    hear();
    let isOver = false;
    const storm = happens(sim).finally(() => {
      isOver = true;
    });
    for (let endMs = startMs + restMs; !isOver || sim.nowMs < endMs; hear()) await sim.run(stepMs);
    await storm;
    const needed = [...places()].filter(([id, node]) => before.get(id) !== node).length;
    return { needed, moves, restMs: lastMs - startMs };
  });
}
