import { hotSwap, majorityQuorum } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { simulate } from "./index.js";

test.each([5, 9, 20])(
  "seed %i: an actor that was let go towards a dying thread while a hiccup paused both nodes runs again",
  (seed) =>
    simulate(
      {
        seed,
        nodes: 3,
        threads: 2,
        faults: { delayMs: [0.5, 2] },
        actors: [Ledger],
        hub: { migration: hotSwap(), partitionTolerance: majorityQuorum({ initialSize: 3 }) },
      },
      async (sim) => {
        await sim.hub(0).start(Ledger, { id: "x" });
        await sim.run(1_000);
        sim.crash(2);
        await sim.run(8_000);
        const from = Number(sim.hub(0).lookup("x")?.replicas[0]?.node.at(-1));
        const move = sim
          .hub(from)
          .move("x", { node: `node-${1 - from}`, thread: 0 })
          .catch(() => {});
        const leaves = (): boolean => !sim.cells().some(({ place, cell }) => cell.id === "x" && place.startsWith(`node-${from}`));
        await sim.until("it is let go", leaves, 200).catch(() => {});
        sim.killThread(1 - from, 0);
        sim.cut([[0], [1]]);
        await sim.run(1_500 + sim.random.next() * 480);
        sim.heal();
        await move;
        await sim.run(6_000);
        await sim.restart(2);
        await sim.run(12_000);
        await sim.check();
        expect(await sim.hub(0).ref(Ledger, "x").ask("note", { n: 1 })).toBe(1);
      },
    ),
);

test("what a dead node ran begins again on its next life, though all who knew of it leave at once", () =>
  simulate({ seed: 4, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const all = Array.from({ length: 12 }, (_, i) => `d-${i}`);
    for (const id of all) await sim.hub(0).start(Ledger, { id });
    await sim.run(1_000);
    expect(all.some((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-1")).toBe(true);
    sim.crash(1);
    // It is back as the others are about to miss its first life.
    await sim.run(1_850);
    const back = sim.restart(1);
    await sim.until("the others have lost its first life", () =>
      [0, 2].every((index) => sim.hub(index).stats().registry.orphans > 0 && sim.hub(index).nodes().includes("node-1")),
    );
    await Promise.all([back, sim.leave(0), sim.leave(2)]);
    await sim.until("all run", () => all.every((id) => sim.hub(1).lookup(id) !== undefined));
    await sim.check();
  }));
