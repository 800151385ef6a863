import {
  consistentHashing,
  type DistributionStrategy,
  defineStrategy,
  divergence,
  guided,
  majorityQuorum,
} from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Cart } from "./fixtures/cart.actor.js";
import { simulate } from "./simulate.js";

/** Where an actor runs is as its tag says, and not its id. */
const byTag = defineStrategy({
  family: "distribution",
  name: "byTag",
  module: import.meta.url,
  settings: z.strictObject({}),
  decide() {
    const ring = consistentHashing();
    return {
      place(view) {
        const placement = ring.place(view);
        return {
          owners: (child, count) => (child.tag === undefined ? [] : placement.owners({ ...child, id: child.tag }, count)),
        };
      },
    };
  },
});

type Ways = (index: number) => { readonly nodes?: string[]; readonly tag?: string };
const eachItsNode: Ways = (index) => ({ nodes: [`node-${index}`] });
const eachItsTag: Ways = (index) => ({ tag: `tag-${index}` });

describe("starts of one id that want it in different places", () => {
  test.each<[string, DistributionStrategy, Ways]>([
    ["guided", guided(), eachItsNode],
    ["pins on the ring", consistentHashing(), eachItsNode],
    ["a strategy that places by tags", byTag(), eachItsTag],
  ])(
    "have one registrar: one wins, the others are told, and it runs where its own start wanted it (%s)",
    (_, distribution, ways) =>
      simulate(
        { seed: 1, nodes: 3, actors: [Cart], hub: { distribution, partitionTolerance: majorityQuorum({ initialSize: 3 }) } },
        async (sim) => {
          await sim.until("all serve", () => sim.nodes.every(({ hub }) => !hub.isPartitioned()));
          await sim.run(100);
          for (const gapMs of [0, 1, 20]) {
            const id = `cart-${gapMs}`;
            const starts: Promise<PromiseSettledResult<unknown>[]>[] = [];
            for (const [index, { hub }] of sim.nodes.entries()) {
              starts.push(Promise.allSettled([hub.start(Cart, { id, args: undefined, ...ways(index) })]));
              await sim.run(gapMs);
            }
            const ends = (await Promise.all(starts)).flat();
            const winner = ends.findIndex(({ status }) => status === "fulfilled");
            const codes = ends.flatMap((end) => (end.status === "rejected" ? [end.reason.code] : []));
            expect(codes).toEqual(["AlreadyStarted", "AlreadyStarted"]);
            await Promise.all(sim.nodes.map(({ hub }) => hub.ref(Cart, id).ask("size")));
            const { place, owners, pinned } = sim.hub(0).explain(id);
            const { nodes, tag } = ways(winner);
            expect([place?.node, pinned, sim.hub(0).lookup(id)?.tag]).toEqual([owners[0], nodes, tag]);
          }
          await sim.check();
        },
      ),
  );
});

test.each([
  ["guided", guided()],
  ["pins on the ring", consistentHashing()],
])(
  "two duplicates of one birth and one epoch, started in different ways on two sides of a cut, are two: one is left (%s)",
  (_, distribution) =>
    simulate({ seed: 2, nodes: 2, actors: [Cart], hub: { distribution, partitionTolerance: divergence() } }, async (sim) => {
      let conflicts = 0;
      for (const { hub } of sim.nodes) hub.on("conflict", () => conflicts++);
      sim.cut([[0], [1]]);
      await sim.until("each is alone", () => sim.nodes.every(({ hub }) => hub.nodes().length === 0));
      const carts = await Promise.all(
        sim.nodes.map(({ hub }, index) => hub.start(Cart, { id: "cart", args: undefined, ...eachItsNode(index) })),
      );
      const lives = sim.nodes.map(({ hub }) => hub.explain("cart").place);
      expect(lives[0]).toEqual({ ...lives[1], node: "node-0" });
      await Promise.all(carts.map((cart) => cart.ask("add", { sku: "tea" })));
      sim.heal();
      await sim.until("one is left, above what both had", () => {
        const [one, other] = sim.nodes.map(({ hub }) => hub.lookup("cart")?.replicas[0]);
        return one?.node === other?.node && (one?.epoch ?? 0) > (lives[0]?.epoch ?? 0) && sim.cells().length === 1;
      });
      expect([conflicts, ...(await Promise.all(carts.map((cart) => cart.ask("size"))))]).toEqual([1, 1, 1]);
      await sim.check();
    }),
);

test.each([0, 1, 30])("nodes that began to serve together, and start the same ids %i ms later, have one winner for each", (ms) =>
  simulate(
    { seed: 1, nodes: 3, actors: [Cart], hub: { partitionTolerance: majorityQuorum({ initialSize: 3 }) } },
    async (sim) => {
      await sim.until("all serve", () => sim.nodes.every(({ hub }) => !hub.isPartitioned()));
      await sim.run(ms);
      const ids = Array.from({ length: 30 }, (_, i) => `cart-${i}`);
      const starts = ids.map((id) => Promise.allSettled(sim.nodes.map(({ hub }) => hub.start(Cart, { id }))));
      for (const ends of await Promise.all(starts)) {
        const codes = ends.map((end) => (end.status === "rejected" ? end.reason.code : "started")).sort();
        expect(codes).toEqual(["AlreadyStarted", "AlreadyStarted", "started"]);
      }
      await sim.check();
    },
  ),
);
