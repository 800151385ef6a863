import { expect, test } from "vitest";
import { oneLife } from "./campaign/campaign.js";
import { scenarios } from "./campaign/scenarios.js";
import { Cart } from "./fixtures/cart.actor.js";
import { simulate } from "./index.js";

const hostile = { drop: 0.1, duplicate: 0.1, reorder: 0.3, delayMs: [0.1, 10] } as const;

function life(seed: number): Promise<string> {
  return simulate({ seed, faults: hostile, actors: [Cart] }, async (sim) => {
    const cart = await sim.hub(0).start(Cart, { id: "cart-1" });
    for (let n = 0; n < 20; n++) cart.tell("add", { sku: `sku-${Math.floor(sim.random.next() * 1_000)}` });
    await sim.hub(1).move("cart-1", { node: "node-2" });
    sim.crash(2);
    await sim.run(10_000);
    return JSON.stringify(sim.history.events);
  });
}

test("the same seed gives the same history, byte for byte; another seed another one", async () => {
  const first = await life(3);
  expect(await life(3)).toBe(first);
  expect(await life(4)).not.toBe(first);
  expect(first.length).toBeGreaterThan(1_000);
});

test("a life of the campaign repeats itself as well", async () => {
  const scenario = scenarios.find(({ name }) => name === "everything, divergence");
  if (scenario === undefined) throw new Error("no such scenario");
  expect(await oneLife(11, 4, scenario)).toEqual(await oneLife(11, 4, scenario));
});
