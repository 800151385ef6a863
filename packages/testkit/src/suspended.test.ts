import { child } from "@process-hub/cluster";
import { hotSwap, majorityQuorum, type PartitionStrategy, staticQuorum } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { MemoryLease } from "./campaign/memory-lease.js";
import { type Simulation, simulate } from "./index.js";

const timings = { handoffTimeoutMs: 1_000, askTimeoutMs: 1_000 };
const ids = Array.from({ length: 6 }, (_, i) => `a-${i}`);

function told(seed: number, partitionTolerance: PartitionStrategy, tell: (sim: Simulation) => Promise<void>): Promise<void> {
  const hub = { migration: hotSwap(), partitionTolerance, timings };
  return simulate({ seed, nodes: 3, actors: [Ledger], faults: { delayMs: [0.1, 2] }, hub }, async (sim) => {
    await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
    await sim.run(3_000);
    await tell(sim);
    await sim.run(15_000);
    await sim.check();
  });
}

/** Work that lies in the mailboxes and timers of a node's actors when its machine is suspended. */
async function withWork(sim: Simulation, victim: number): Promise<void> {
  ids.forEach(
    (id, i) =>
      void sim
        .hub(victim)
        .ref(Ledger, id)
        .tell("later", { n: i * 10, delayMs: 400 }),
  );
  await sim.run(200);
  for (const [i, id] of ids.entries())
    for (let k = 0; k < 4; k++)
      sim
        .hub(victim)
        .ref(Ledger, id)
        .tell("slowly", { n: 100 + i * 10 + k });
}

const strategies: [string, () => PartitionStrategy][] = [
  ["majorityQuorum", () => majorityQuorum({ initialSize: 3 })],
  ["staticQuorum", () => staticQuorum({ size: 2 })],
  ["a lease", () => new MemoryLease(4_000).strategy],
];

describe.each(strategies)("under %s", (_, strategy) => {
  test.each([1, 2, 3])("the node of a machine that was suspended runs nothing beside its successor (seed %i)", (seed) =>
    told(seed, strategy(), async (sim) => {
      for (const victim of [0, 1, 2]) {
        await withWork(sim, victim);
        sim.suspend(victim);
        await sim.run(6_000);
        for (const [i, id] of ids.entries())
          sim
            .hub((victim + 1) % 3)
            .ref(Ledger, id)
            .tell("note", { n: 500 + i });
        await sim.run(4_000);
        sim.thaw(victim);
        await sim.until("all serve", () => sim.nodes.every(({ hub }) => !hub.isPartitioned()));
        await sim.run(5_000);
      }
    }),
  );

  test("a wall clock that is set hours forward or back costs no actor its state", () =>
    told(4, strategy(), async (sim) => {
      for (const id of ids) await sim.hub(0).ref(Ledger, id).ask("note", { n: 1 });
      for (const aheadMs of [7_200_000, -7_200_000]) {
        sim.setClock(1, aheadMs);
        await sim.run(5_000);
      }
      for (const id of ids) expect(await sim.hub(0).ref(Ledger, id).ask("note", { n: 2 })).toBeGreaterThan(1);
    }));
});
