import { majorityQuorum } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { simulate } from "./simulate.js";

test("smoke", () =>
  simulate({ seed: 1, nodes: 3, actors: [Ledger], hub: { partitionTolerance: majorityQuorum({ initialSize: 3 }) } }, async (sim) => {
    console.log(sim.nowMs, sim.nodes.map(({ hub }) => hub.isPartitioned()));
    await sim.until("all serve", () => sim.nodes.every(({ hub }) => !hub.isPartitioned()));
    console.log(sim.nowMs);
    const ids = Array.from({ length: 9 }, (_, i) => `a-${i}`);
    for (const id of ids) await sim.hub(0).start(Ledger, { id });
    sim.cut([[0], [1, 2]]);
    await sim.until("loser", () => sim.hub(0).isPartitioned());
    console.log("paused", sim.nowMs);
    await sim.run(5000);
    for (const id of ids) console.log(id, JSON.stringify(sim.hub(1).lookup(id)?.replicas), JSON.stringify(sim.hub(2).lookup(id)?.replicas));
    console.log(sim.hub(1).stats().registry, sim.hub(2).stats().registry);
    await sim.until("adopted", () => ids.every((id) => sim.hub(1).lookup(id) !== undefined));
    console.log("adopted", sim.nowMs);
    expect(sim.hub(1).isPartitioned()).toBe(false);
    await sim.run(3000);
    sim.heal();
    await sim.until("back", () => !sim.hub(0).isPartitioned());
    console.log("back", sim.nowMs);
    await sim.check();
  }));
