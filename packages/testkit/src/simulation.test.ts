import { describe, expect, test } from "vitest";
import { Cart } from "./fixtures/cart.actor.js";
import { type Simulation, simulate } from "./index.js";

const names = (sim: Simulation, index: number): string[] => sim.hub(index).nodes({ includeLocal: true }).toSorted();
const faults = (sim: Simulation): string[] => sim.history.events.flatMap((event) => (event.kind === "fault" ? [event.what] : []));
const sees = (sim: Simulation, index: number, count: number): Promise<void> =>
  sim.until(`node ${index} sees ${count} nodes`, () => names(sim, index).length === count);
const three = { seed: 1, nodes: 3, actors: [Cart] };

describe("each verb does what it says", () => {
  test("run lets time pass, and no more", () =>
    simulate(three, async (sim) => {
      const fromMs = sim.nowMs;
      await sim.run(3_600_000);
      expect(sim.nowMs - fromMs).toBe(3_600_000);
    }));

  test("cut and heal, both ways: each side loses sight of the other and finds it again", () =>
    simulate(three, async (sim) => {
      sim.cut([[0], [1, 2]]);
      await sees(sim, 0, 1);
      await sees(sim, 1, 2);
      sim.heal();
      await sees(sim, 0, 3);
      await sees(sim, 2, 3);
      expect(faults(sim)).toEqual(["cut [[0],[1,2]]", "heal"]);
    }));

  test("cut one way: the later group is not heard, and hears", () =>
    simulate(three, async (sim) => {
      sim.cut([[0, 1], [2]], { oneWay: true });
      await sees(sim, 0, 2);
      expect(names(sim, 2)).toContain("node-2");
      sim.heal();
      await sees(sim, 0, 3);
    }));

  test("crash and restart: a node is gone at once, and comes back under its name, with nothing of before", () =>
    simulate(three, async (sim) => {
      const cart = await sim.hub(0).start(Cart, { id: "cart-1", args: undefined });
      const home = names(sim, 0).indexOf(sim.hub(0).lookup("cart-1")?.replicas[0]?.node ?? "");
      sim.crash(home);
      const other = home === 0 ? 1 : 0;
      await sees(sim, other, 2);
      await sim.restart(home);
      await sees(sim, other, 3);
      await sim.until("the cart runs again", () => sim.hub(other).lookup("cart-1") !== undefined);
      if (home !== 0) expect(await cart.ask("size")).toBe(0);
      expect(faults(sim)).toEqual([`crash node-${home}`, `restart node-${home}`]);
      await sim.check();
    }));

  test("freeze and thaw: a node stands still, time does not, and it goes on where it was", () =>
    simulate(three, async (sim) => {
      sim.freeze(2);
      await sees(sim, 0, 2);
      expect(names(sim, 2)).toHaveLength(3);
      sim.thaw(2);
      await sees(sim, 0, 3);
      await sim.check();
    }));

  test("join and leave: a node more, a node less, its actors handed over", () =>
    simulate(three, async (sim) => {
      expect(await sim.join()).toBe(3);
      await sees(sim, 0, 4);
      const cart = await sim.hub(3).start(Cart, { id: "cart-1" });
      cart.tell("add", { sku: "one" });
      await sim.leave(1);
      await sees(sim, 3, 3);
      expect(await cart.ask("size")).toBe(1);
      await sim.check();
    }));

  test("killThread: its actors run again on a new thread of the same node", () =>
    simulate({ ...three, nodes: 1, threads: 1 }, async (sim) => {
      const cart = await sim.hub(0).start(Cart, { id: "cart-1" });
      cart.tell("add", { sku: "one" });
      expect(await cart.ask("size")).toBe(1);
      sim.killThread(0, 0);
      await sim.until("the cart was restarted", () =>
        sim.history.events.some((event) => event.kind === "event" && event.name === "childRestarted"),
      );
      expect(await cart.ask("size")).toBe(0);
      await sim.check();
    }));
});

describe("a story that cannot end is told so", () => {
  test("what never comes true", async () => {
    const story = simulate(three, (sim) => sim.until("pigs fly", () => false, 1_000));
    await expect(story).rejects.toThrow("pigs fly: not within 1000 ms");
  });

  test("a story that waits for ever", async () => {
    const story = simulate({ ...three, maxMs: 10_000 }, () => new Promise<never>(() => {}));
    await expect(story).rejects.toThrow("the story did not end within 10000 ms of virtual time");
  });

  test("a node that does not exist", async () => {
    await expect(simulate(three, async (sim) => sim.crash(7))).rejects.toThrow("there is no node 7; there are 3");
  });
});
