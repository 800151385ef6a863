import { child } from "@process-hub/cluster";
import { hotSwap, majorityQuorum, replication } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { simulate } from "./index.js";

test.each([1, 2, 3])("seed %i: the last life of an actor does not give way to one whose node has died", (seed) =>
  simulate(
    { seed, nodes: 3, threads: 1, faults: { delayMs: [0.5, 2] }, actors: [Ledger], hub: { migration: hotSwap() } },
    async (sim) => {
      await sim.hub(0).start(Ledger, { id: "x" });
      await sim.hub(0).move("x", { node: "node-2" });
      await sim.run(500);
      sim.freeze(1);
      sim.freeze(2);
      await sim.until("it runs again", () => sim.hub(0).lookup("x")?.replicas[0]?.node === "node-0", 10_000);
      // For a moment the dead node is heard again, by one that slept over its death.
      sim.thaw(1);
      sim.thaw(2);
      await sim.run(seed * 4);
      sim.crash(2);
      await sim.until("the one that slept is back", () => sim.hub(0).nodes().includes("node-1"), 10_000);
      await sim.hub(0).move("x", { node: "node-1" });
      await sim.run(10_000);
      await sim.check();
      expect(await sim.hub(0).ref(Ledger, "x").ask("note", { n: 1 })).toBeGreaterThan(0);
    },
  ),
);

test.each([1, 4])("seed %i: no actor vanishes when all nodes lose each other twice within seconds", (seed) => {
  const ids = Array.from({ length: 40 }, (_, i) => `a-${i}`);
  const redundancy = replication({ factor: 3, standby: true });
  const partitionTolerance = majorityQuorum({ initialSize: 5 });
  const hub = { migration: hotSwap(), redundancy, partitionTolerance };
  return simulate({ seed, nodes: 5, faults: { delayMs: [0.5, 4] }, actors: [Ledger], hub }, async (sim) => {
    await sim.until("all serve", () => sim.nodes.every(({ hub }) => !hub.isPartitioned()));
    await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
    await sim.run(3_000);
    for (const apartMs of [1_600, 1_000]) {
      sim.cut([[0], [1], [2], [3], [4]]);
      await sim.run(apartMs);
      sim.heal();
      await sim.run(2_300);
    }
    await sim.run(20_000);
    await sim.check();
    expect(sim.hub(0).list().length).toBe(ids.length);
  });
});
