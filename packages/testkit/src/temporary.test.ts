import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { simulate } from "./simulate.js";

test("temporary actors leave every registry with their node, also those that the ring gives to a node which never heard of them", () =>
  simulate({ seed: 3, nodes: 3, actors: [Ledger] }, async (sim) => {
    const ids = Array.from({ length: 40 }, (_, i) => `a-${i}`);
    for (const id of ids) await sim.hub(0).start(Ledger, { id, restart: "temporary" });
    const died = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-2");
    expect(died.length).toBeGreaterThan(0);
    sim.crash(2);
    await sim.join();
    await sim.until("its end is known", () => !sim.hub(0).nodes().includes("node-2") && !sim.hub(1).nodes().includes("node-2"));
    await sim.check();
    expect(
      sim
        .hub(0)
        .list("global")
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.filter((id) => !died.includes(id)).sort());
    for (const id of died) await expect(sim.hub(3).start(Ledger, { id })).resolves.toMatchObject({ id });
  }));
