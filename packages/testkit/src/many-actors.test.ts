import { child } from "@process-hub/cluster";
import { describe, expect, test } from "vitest";
import { Cart } from "./fixtures/cart.actor.js";
import { simulate } from "./index.js";

/** How often the checks at rest read each event of the history of so many actors, on average. `stopped`: so many of them end. */
function readsPerEvent(actors: number, stopped: number): Promise<number> {
  return simulate({ seed: 1, nodes: 2, threads: 1, actors: [Cart] }, async (sim) => {
    const ids = Array.from({ length: actors }, (_, i) => `cart-${i}`);
    await sim.hub(0).startChildren(ids.map((id) => child(Cart, { id })));
    for (const id of ids) sim.hub(1).ref(Cart, id).tell("add", { sku: "any" });
    await sim.leave(await sim.join());
    await Promise.all(ids.slice(0, stopped).map((id) => sim.hub(0).stop(id)));
    let reads = 0;
    const { events } = sim.history;
    const counted = new Proxy(events, {
      get(target, key) {
        if (typeof key === "string" && key in target) reads++;
        return Reflect.get(target, key);
      },
    });
    Object.defineProperty(sim.history, "events", { value: counted });
    await sim.check();
    expect(events.length).toBeGreaterThan(actors * 4);
    return reads / events.length;
  });
}

describe("ten times as many actors: the checks read each event no more often", () => {
  test.each([
    ["all of which go on", 0],
    ["half of which end", 0.5],
  ])(
    "%s",
    async (_, share) => {
      const [few, many] = [await readsPerEvent(150, 150 * share), await readsPerEvent(1_500, 1_500 * share)];
      expect(many / few).toBeLessThan(1.1);
    },
    60_000,
  );
});
