import { child } from "@process-hub/cluster";
import { hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Cart } from "./fixtures/cart.actor.js";
import { simulate } from "./simulate.js";

const ids = Array.from({ length: 40 }, (_, i) => `cart-${i}`);

test.each([1, 2, 3])(
  "an actor of a dead node, restarted and moved to one that has not missed that node yet, lives (seed %i)",
  (seed) =>
    simulate({ seed, nodes: 3, actors: [Cart], hub: { migration: hotSwap() } }, async (sim) => {
      await sim.hub(0).startChildren(ids.map((id) => child(Cart, { id })));
      await sim.run(1_000);
      let moved = 0;
      for (const [here, there] of [
        [0, 1],
        [1, 0],
      ] as const) {
        sim.hub(here).on("childRestarted", ({ id, node }) => {
          if (node !== `node-${here}`) return;
          void sim
            .hub(here)
            .move(id, { node: `node-${there}` })
            .then(
              () => moved++,
              () => {},
            );
        });
      }
      sim.crash(2);
      await sim.run(20_000);
      expect(moved).toBeGreaterThan(0);
      expect(ids.filter((id) => sim.hub(0).lookup(id) === undefined)).toEqual([]);
      await sim.check();
    }),
);
