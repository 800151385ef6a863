import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { Cart } from "./fixtures/cart.actor.js";
import { simulate } from "./index.js";

test("a cart keeps its order while nodes come, go and crash", () =>
  simulate({ seed: 7, nodes: 3, faults: { drop: 0.05, reorder: 0.2 }, actors: [Cart] }, async (sim) => {
    const cart = await sim.hub(0).start(Cart, { id: "cart-1" });
    for (let n = 0; n < 100; n++) cart.tell("add", { sku: `sku-${n}` });
    await sim.hub(0).move("cart-1", { node: "node-1" }); // nodes are named node-0, node-1, ...
    await sim.join();
    await sim.leave(1);
    expect(await cart.ask("size")).toBe(100);
    await sim.check(); // every promise, over all that happened
  }));

test("docs/testing.md shows this story, word for word", async () => {
  const bare = (text: string): string => text.replaceAll(/\s+|,(?=\s*[)\]}])/g, "");
  const [, story = "none"] = (await readFile(new URL(import.meta.url), "utf8")).split(/^(?=test\()/m);
  const page = await readFile("docs/testing.md", "utf8");
  expect(bare(page)).toContain(bare(story));
});
