import { child } from "@process-hub/cluster";
import { hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Cart } from "./fixtures/cart.actor.js";
import { simulate } from "./simulate.js";

const ids = Array.from({ length: 40 }, (_, i) => `cart-${i}`);

test.each([1, 2, 3])(
  "mail for what died with a node that its sender never met is held no longer than till it runs again (seed %i)",
  (seed) =>
    simulate({ seed, nodes: 4, actors: [Cart], hub: { migration: hotSwap() } }, async (sim) => {
      await sim.hub(0).startChildren(ids.map((id) => child(Cart, { id })));
      sim.crash(3);
      sim.cut([[2], [3]]);
      await sim.run(4_000);
      await sim.restart(3);
      await sim.run(2_000);
      for (const id of ids)
        await sim
          .hub(0)
          .move(id, { node: "node-1" })
          .catch(() => {});
      for (const id of ids) await sim.hub(3).ref(Cart, id).ask("size");
      for (const id of ids) void sim.hub(1).move(id, { node: "node-2" });
      await sim.run(100);
      for (const id of ids) sim.hub(3).ref(Cart, id).tell("add", { sku: "book" });
      sim.crash(2);
      await sim.run(8_000);
      for (const id of ids) expect(await sim.hub(3).ref(Cart, id).ask("size")).toBeLessThan(2);
      await sim.check();
    }),
);
