import { child } from "@process-hub/cluster";
import { describe, expect, test } from "vitest";
import { Cart } from "./fixtures/cart.actor.js";
import { type Simulation, simulate } from "./index.js";

/** Resolves with the error of what is asked of the simulation, and how much virtual time that took. */
async function refusal(sim: Simulation, work: () => unknown): Promise<{ readonly code: unknown; readonly afterMs: number }> {
  const fromMs = sim.nowMs;
  const error = await (async () => work())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { code: (error as { readonly code?: unknown } | undefined)?.code, afterMs: sim.nowMs - fromMs };
}
const story = (tell: (sim: Simulation) => Promise<void>) => simulate({ seed: 1, actors: [Cart], maxMs: 60_000 }, tell);

describe("a crashed node answers nobody, and says so at once", () => {
  test("what its hub, its references and its results are asked for from then on", () =>
    story(async (sim) => {
      const hub = sim.hub(1);
      const ref = await hub.start(Cart, { id: "cart-1" });
      sim.crash(1);
      const down = { code: "NodeDown", afterMs: 0 };
      expect(await refusal(sim, () => hub.start(Cart, { id: "cart-2" }))).toEqual(down);
      expect(await refusal(sim, () => hub.ref(Cart, "cart-1").ask("size"))).toEqual(down);
      expect(await refusal(sim, () => ref.ask("size"))).toEqual(down);
      expect(await refusal(sim, () => ref.tell("add", { sku: "lost" }))).toEqual(down);
      expect(await refusal(sim, () => hub.entries().next())).toEqual(down);
      expect(await refusal(sim, () => hub.close())).toEqual(down);
    }));

  test("not even those who are reading its registry", () =>
    story(async (sim) => {
      const hub = sim.hub(1);
      await hub.startChildren(Array.from({ length: 1_100 }, (_, n) => child(Cart, { id: `cart-${n}` })));
      const read: string[] = [];
      const reading = async (): Promise<void> => {
        for await (const { id } of hub.entries()) if (read.push(id) === 900) sim.crash(1);
      };
      expect((await refusal(sim, reading)).code).toBe("NodeDown");
      expect(read).toHaveLength(900);
    }));

  test("what was under way when it crashed", () =>
    story(async (sim) => {
      const ref = await sim.hub(0).start(Cart, { id: "cart-1" });
      const works = [() => ref.ask("size"), () => sim.hub(0).drain(), () => sim.hub(0).start(Cart, { id: "cart-2" })];
      const refusals = works.map((work) => refusal(sim, work));
      sim.crash(0);
      for (const one of refusals) expect(await one).toEqual({ code: "NodeDown", afterMs: 0 });
    }));

  test("its way in and its way out", () =>
    story(async (sim) => {
      const ways = [() => sim.join(), () => sim.leave(1)].map((work) => refusal(sim, work));
      sim.crash(3);
      sim.crash(1);
      const back = refusal(sim, () => sim.restart(1));
      sim.crash(1);
      for (const way of [...ways, back]) expect(await way).toEqual({ code: "NodeDown", afterMs: 0 });
      await sim.restart(1);
      await sim.check();
    }));

  test("by the name that it has taken", () =>
    simulate({ seed: 1, nodes: 1, actors: [Cart] }, async (sim) => {
      await sim.rename(0, "another");
      sim.crash(0);
      await expect(sim.hub(0).start(Cart, { id: "cart-1" })).rejects.toMatchObject({
        code: "NodeDown",
        fields: { node: "another" },
      });
    }));

  test("nobody need look: what is not awaited is no unhandled rejection", () =>
    story(async (sim) => {
      void sim.leave(1);
      void sim.join();
      void sim.hub(2).drain();
      for (const index of [1, 2, 3]) sim.crash(index);
      await sim.run(10);
    }));

  test("what it knew can still be read; its next life is another hub", () =>
    story(async (sim) => {
      const hub = sim.hub(1);
      await hub.start(Cart, { id: "cart-1" });
      sim.crash(1);
      expect([hub.lookup("cart-1")?.id, hub.dump().length, hub.stats().node]).toEqual(["cart-1", 1, "node-1"]);
      await sim.restart(1);
      expect(sim.hub(1)).not.toBe(hub);
      expect(await refusal(sim, () => hub.drain())).toMatchObject({ code: "NodeDown" });
    }));
});

test("a node whose hub a story closes is down: it can restart, and is not checked", () =>
  story(async (sim) => {
    await sim.hub(1).close();
    expect(sim.nodes[1]?.state).toBe("down");
    await sim.restart(1);
    await sim.check();
  }));

test("references of a batch are the hub's as well", () =>
  story(async (sim) => {
    const result = await sim.hub(1).startChildren([child(Cart, { id: "cart-1" })]);
    expect([result.ids, await result.first?.ask("size")]).toEqual([["cart-1"], 0]);
    sim.crash(1);
    expect(await refusal(sim, () => result.ref("cart-1").ask("size"))).toEqual({ code: "NodeDown", afterMs: 0 });
  }));
