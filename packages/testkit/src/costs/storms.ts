/*
 * Measures in simulation what comes of many changes of members at once: the moves that are made, and those that are needed.
 * Without it a cluster could move its actors back and forth in a storm, and nobody would see what that costs.
 */
import { Ledger } from "../campaign/ledger.actor.js";
import type { HistoryEvent } from "../history.js";
import { simulate } from "../simulate.js";
import type { Simulation } from "../simulation.js";
import { filled } from "./changes.js";
import { PeakWatch } from "./peak-watch.js";

/** One storm. */
export interface Storm {
  readonly name: string;
  /** How many nodes there are before. */
  readonly nodes: number;
  /** Comes before the storm, and is no part of it. */
  readonly before?: (sim: Simulation) => Promise<unknown>;
  readonly happens: (sim: Simulation) => Promise<unknown>;
  /** How often each actor must move that ends where it began. Default: not at all. */
  readonly away?: number;
}

/** What a storm cost. */
export interface StormCost {
  /** Actors whose node is another one afterwards, and the moves of those that had to go and come back. */
  readonly needed: number;
  /** Moves that were made, and starts of actors whose node had died. */
  readonly moves: number;
  /** From the first change to the last move, or the end of the last duplicate, in milliseconds. */
  readonly restMs: number;
  /** The most that one node sent and received within a second. */
  readonly peak: { readonly datagrams: number; readonly bytes: number };
}

/** The same act for so many nodes, so many milliseconds apart. */
async function spread(sim: Simulation, count: number, apartMs: number, one: (index: number) => Promise<unknown>): Promise<void> {
  const all: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    all.push(one(i));
    await sim.run(apartMs);
  }
  await Promise.all(all);
}

/** So many nodes join within a second. */
export function joins(nodes: number, count: number): Storm {
  return {
    name: `${count} nodes join ${nodes} within a second`,
    nodes,
    happens: (sim) => spread(sim, count, 1_000 / count, () => sim.join()),
  };
}

/** Half of the nodes leave, all at once or spread over a second. */
export function leaves(nodes: number, withinMs: 0 | 1_000): Storm {
  const count = nodes / 2;
  return {
    name: `${count} of ${nodes} nodes leave ${withinMs === 0 ? "at once" : "within a second"}`,
    nodes,
    happens: (sim) => spread(sim, count, withinMs / count, (i) => sim.leave(i * 2)),
  };
}

/** A fifth of the nodes crash, within half a second. */
export function crashes(nodes: number): Storm {
  const count = nodes / 5;
  return {
    name: `${count} of ${nodes} nodes crash within half a second`,
    nodes,
    happens: (sim) => spread(sim, count, 500 / count, async (i) => sim.crash(i * 5)),
  };
}

/** One node after the other leaves and comes back, each as soon as the one before serves again. */
export function rollingRestart(nodes: number): Storm {
  return {
    name: `a rolling restart of ${nodes} nodes`,
    nodes,
    away: 2,
    happens: async (sim) => {
      for (let i = 0; i < nodes; i++) {
        await sim.leave(i);
        await sim.restart(i);
      }
    },
  };
}

/** Two halves that have each restarted the actors of the other meet again. */
export function heals(half: number): Storm {
  const side = (from: number) => Array.from({ length: half }, (_, i) => from + i);
  return {
    name: `a heal of ${half} + ${half} nodes`,
    nodes: half * 2,
    before: (sim) => {
      sim.cut([side(0), side(half)]);
      return sim.run(restMs);
    },
    happens: async (sim) => sim.heal(),
  };
}

/** The storms whose cost `docs/operations.md` tells. */
export const storms: readonly Storm[] = [
  joins(10, 30),
  leaves(20, 0),
  leaves(20, 1_000),
  crashes(20),
  rollingRestart(30),
  heals(10),
];

/** How often the traffic is looked at, and how long it takes at most until all is at rest. */
const [stepMs, restMs] = [50, 10_000];

/** Measures a storm over so many actors, in simulation. Node 1 is there before and after, and is asked where they are. */
export function measureStorm({ nodes, before, happens, away = 0 }: Storm, actors: number): Promise<StormCost> {
  return simulate({ seed: nodes, nodes, threads: 1, actors: [Ledger] }, async (sim) => {
    await filled(sim, actors);
    const places = () =>
      new Map(
        sim
          .hub(1)
          .list()
          .map(({ id, replicas }) => [id, replicas[0]?.node]),
      );
    const home = places();
    await before?.(sim);
    const [startMs, heard] = [sim.nowMs, sim.history.events.length];
    let isOver = false;
    const storm = happens(sim).finally(() => {
      isOver = true;
    });
    const peak = new PeakWatch(sim, 1_000 / stepMs);
    let overMs = startMs;
    while (!isOver || sim.nowMs < overMs + restMs) {
      if (!isOver) overMs = sim.nowMs;
      await sim.run(stepMs);
      peak.look();
    }
    await storm;
    const elsewhere = [...places()].filter(([id, node]) => home.get(id) !== node).length;
    const made = sim.history.events.slice(heard).flatMap((event) => (event.kind === "event" ? [movesIn(event)] : []));
    return {
      needed: elsewhere + away * (actors - elsewhere),
      moves: made.reduce((sum, { moves }) => sum + moves, 0),
      restMs: made.reduce((last, { atMs }) => Math.max(last, atMs), startMs) - startMs,
      peak: peak.most,
    };
  });
}

/** The moves that an event tells of, and when one was made, or a duplicate ended: at `atMs`, or never. */
function movesIn({ name, detail, atMs }: Extract<HistoryEvent, { kind: "event" }>): {
  readonly moves: number;
  readonly atMs: number;
} {
  if (name === "childrenMoved") return { moves: (detail as { readonly ids: readonly string[] }).ids.length, atMs };
  return { moves: name === "childRestarted" ? 1 : 0, atMs: name === "childRestarted" || name === "conflict" ? atMs : 0 };
}
