import { hotSwap } from "@process-hub/strategies";
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

test("temporary actors that were handed over to a newcomer, which dies and is back at once, are registered nowhere", () =>
  simulate({ seed: 3, nodes: 2, actors: [Ledger], faults: { delayMs: [1, 5] }, hub: { migration: hotSwap() } }, async (sim) => {
    for (let i = 0; i < 60; i++) await sim.hub(0).start(Ledger, { id: `a-${i}`, restart: "temporary" });
    await sim.join();
    const moved = (): number => sim.hub(0).stats().moves.count + sim.hub(1).stats().moves.count;
    await sim.until("some have left", () => moved() > 0);
    sim.crash(2);
    await sim.restart(2);
    await sim.check();
  }));
