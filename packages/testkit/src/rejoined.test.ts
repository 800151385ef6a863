import { hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Cart } from "./fixtures/cart.actor.js";
import { simulate } from "./simulate.js";

const id = "cart-1";

test("a node that was away while a thread died hears of it: what old news say to be there is waited for", () =>
  simulate({ seed: 1, nodes: 3, actors: [Cart], hub: { migration: hotSwap() } }, async (sim) => {
    const cart = await sim.hub(0).start(Cart, { id });
    await cart.ask("add", { sku: "book" });
    await sim.hub(0).move(id, { node: "node-1", thread: 0 });
    await sim.run(2_000);
    await sim.hub(0).move(id, { node: "node-0", thread: 1 });
    await sim.run(5);
    sim.freeze(2);
    sim.killThread(0, 1);
    await sim.run(3_000);
    await sim.hub(0).move(id, { node: "node-1", thread: 0 });
    await sim.run(2_000);
    sim.cut([[1], [2]]);
    sim.thaw(2);
    await sim.run(500);
    sim.hub(2).ref(Cart, id).tell("add", { sku: "pen" });
    await sim.run(500);
    sim.heal();
    await sim.run(4_000);
    expect(await sim.hub(2).ref(Cart, id).ask("size")).toBe(1);
    await sim.check();
  }));
