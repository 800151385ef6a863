import { child } from "@process-hub/cluster";
import { dynamicQuorum, hotSwap, majorityQuorum, type PartitionStrategy, staticQuorum } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { type Simulation, simulate } from "./index.js";

const timings = { handoffTimeoutMs: 1_000, askTimeoutMs: 1_000 };

function told(nodes: number, partitionTolerance: PartitionStrategy, tell: (sim: Simulation) => Promise<void>): Promise<void> {
  const hub = { migration: hotSwap(), partitionTolerance, timings };
  return simulate({ seed: 3, nodes, threads: 1, actors: [Ledger], hub }, tell);
}

const ids = Array.from({ length: 20 }, (_, i) => `a-${i}`);

async function began(sim: Simulation): Promise<void> {
  await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
  for (const id of ids) await sim.hub(0).ref(Ledger, id).ask("note", { n: 1 });
}

/** How many of the actors still have what they counted. */
async function kept(sim: Simulation, by: number, count: number): Promise<number> {
  const asked = ids.map((id) => sim.hub(by).ref(Ledger, id).ask("note", { n: 1 }));
  return (await Promise.allSettled(asked)).filter((each) => each.status === "fulfilled" && each.value === count).length;
}

/** Restarts each of the first so many nodes, one after the other, as a deploy does. */
async function rolls(sim: Simulation, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await sim.leave(i);
    await sim.run(200);
    await sim.restart(i);
    await sim.until("all serve", () =>
      sim.nodes.slice(0, count).every(({ hub }) => !hub.isPartitioned() && hub.nodes().length === count - 1),
    );
    await sim.run(3_000);
  }
}

const strategies: [string, () => PartitionStrategy][] = [
  ["majorityQuorum", () => majorityQuorum({ initialSize: 5 })],
  ["majorityQuorum that freezes", () => majorityQuorum({ initialSize: 5, whilePaused: "freeze" })],
  ["majorityQuorum without an initial size", () => majorityQuorum()],
  ["dynamicQuorum", () => dynamicQuorum()],
];

describe.each(strategies)("%s", (_, strategy) => {
  test.each([2, 3])("five nodes become %i by goodbyes, and a rolling restart of these loses nothing", (left) =>
    told(5, strategy(), async (sim) => {
      await began(sim);
      for (let i = 4; i >= left; i--) {
        await sim.leave(i);
        await sim.run(3_000);
      }
      await rolls(sim, left);
      expect(await kept(sim, 0, 2)).toBe(ids.length);
      await sim.check();
    }),
  );

  test("an operator's size is counted by those who restart later, too", () =>
    told(5, strategy(), async (sim) => {
      await began(sim);
      for (const i of [4, 3]) {
        await sim.hub(i).drain();
        await sim.crash(i);
        await sim.run(5_000);
      }
      await sim.hub(0).resetClusterSize(3);
      await sim.run(1_000);
      await rolls(sim, 3);
      expect(await kept(sim, 1, 2)).toBe(ids.length);
      await sim.check();
    }));
});

describe("a node that starts on the smaller side of a cut", () => {
  const small: [string, () => PartitionStrategy][] = [
    ["majorityQuorum", () => majorityQuorum()],
    ["dynamicQuorum", () => dynamicQuorum()],
    ["staticQuorum that does not wait at the start", () => staticQuorum({ size: 3, confirmAtStart: false })],
  ];
  test.each(small)("does not serve: %s", (_, strategy) =>
    told(5, strategy(), async (sim) => {
      await began(sim);
      // Node 4 comes back where only node 3 is.
      await sim.crash(4);
      await sim.run(3_000);
      sim.cut([
        [0, 1, 2],
        [3, 4],
      ]);
      await sim.run(3_000);
      const served: string[] = [];
      void sim.restart(4);
      for (let i = 0; i < 100; i++) {
        await sim.run(100);
        if (!sim.hub(4).isPartitioned() && sim.hub(4).nodes().length > 0) served.push(`at ${i * 100} ms`);
      }
      expect([served, sim.hub(3).nodes().length, sim.hub(0).isPartitioned()]).toEqual([[], 1, false]);
      sim.heal();
      await sim.until("all serve", () => sim.nodes.every(({ hub }) => !hub.isPartitioned() && hub.nodes().length === 4));
      await sim.check();
    }),
  );
});
