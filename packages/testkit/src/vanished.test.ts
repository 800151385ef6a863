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
