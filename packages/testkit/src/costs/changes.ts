/*
 * Measures in simulation what one change costs a node of a cluster that has many actors: a join, a leave, a crash, a start, a stop, a move.
 * Without it nobody could say what a deploy, or a busy day, puts on the network.
 */
import { child } from "@process-hub/cluster";
import { Ledger } from "../campaign/ledger.actor.js";
import { simulate } from "../simulate.js";
import type { Simulation } from "../simulation.js";
import { type Cost, shareOf, since } from "./measure.js";

/** The changes whose cost `docs/operations.md` tells. */
export const changes = ["start", "stop", "move", "join", "leave", "crash"] as const;
type Change = (typeof changes)[number];

/** How long a cluster is watched, a change included: a repair of the registry comes once in this time. */
const watchedMs = 10_000;
/** So many actors are started, stopped and moved, for the cost of one. */
const some = 100;

/**
 * What a node sends and receives at rest in a second, and what each change adds to that once, on average over all nodes. A node that joins,
 * leaves or crashes has its share of the actors.
 */
export function measureChanges(nodes: number, actors: number): Promise<Readonly<Record<"rest" | Change, Cost>>> {
  return simulate({ seed: nodes, nodes, threads: 1, actors: [Ledger] }, async (sim) => {
    await filled(sim, actors);
    const rest = await restOf(sim);
    const ids = Array.from({ length: some }, (_, i) => `b-${i}`);
    const each = (act: (id: string) => Promise<unknown>) => async (): Promise<void> => {
      for (const id of ids) {
        await act(id);
        await sim.run(watchedMs / some / 4);
      }
    };
    const any = () => sim.hub(Math.floor(sim.random.next() * nodes));
    const elsewhere = (id: string): string => {
      const host = sim.hub(0).lookup(id)?.replicas[0]?.node;
      return sim.nodes.find(({ name }) => name !== host)?.name ?? "";
    };
    const start = await costOf(
      sim,
      rest,
      each((id) => any().start(Ledger, { id })),
      some,
    );
    const move = await costOf(
      sim,
      rest,
      each((id) => any().move(id, { node: elsewhere(id) })),
      some,
    );
    const stop = await costOf(
      sim,
      rest,
      each((id) => any().stop(id)),
      some,
    );
    const join = await costOf(sim, undefined, () => sim.join());
    const leave = await costOf(sim, undefined, () => sim.leave(nodes));
    const crash = await costOf(sim, undefined, async () => sim.crash(nodes - 1));
    return { rest: shareOf(rest, nodes), start, stop, move, join, leave, crash };
  });
}

/** Starts actors, and waits until the cluster is at rest. */
export async function filled(sim: Simulation, actors: number): Promise<void> {
  await sim.run(watchedMs / 2);
  await sim.hub(0).startChildren(Array.from({ length: actors }, (_, i) => child(Ledger, { id: `a-${i}` })));
  await sim.run(watchedMs / 2);
}

/** What all nodes together send and receive in a second. */
async function restOf(sim: Simulation): Promise<Cost> {
  const before = sim.totalTraffic;
  await sim.run(watchedMs);
  return shareOf(since(before, sim.totalTraffic), watchedMs / 1_000);
}

/** What one of `count` changes adds for a node; `rest`: what there is without it, in a second (default: as it is afterwards). */
async function costOf(sim: Simulation, rest: Cost | undefined, change: () => Promise<unknown>, count = 1): Promise<Cost> {
  const [before, startMs] = [sim.totalTraffic, sim.nowMs];
  await change();
  await sim.run(Math.max(0, startMs + watchedMs - sim.nowMs));
  const all = since(before, sim.totalTraffic);
  const seconds = (sim.nowMs - startMs) / 1_000;
  const usual = shareOf(rest ?? (await restOf(sim)), 1 / seconds);
  const up = sim.nodes.filter(({ state }) => state === "up").length;
  return shareOf(since(usual, all), up * count);
}
