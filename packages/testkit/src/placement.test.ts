import { child } from "@process-hub/cluster";
import { gossip, guided, loadBalanced } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Cart } from "./fixtures/cart.actor.js";
import { type Simulation, simulate } from "./index.js";

const ids = (count: number, name = "cart"): string[] => Array.from({ length: count }, (_, i) => `${name}-${i}`);
const carts = (all: readonly string[], nodes?: string[]) =>
  all.map((id) => child(Cart, { id, args: undefined, ...(nodes === undefined ? {} : { nodes }) }));
const hosts = (sim: Simulation, index: number): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { replicas } of sim.hub(index).dump()) for (const { node } of replicas) counts[node] = (counts[node] ?? 0) + 1;
  return counts;
};
const sees = (sim: Simulation, index: number, count: number): Promise<void> =>
  sim.until(`node ${index} sees ${count} nodes`, () => sim.hub(index).nodes({ includeLocal: true }).length === count);

describe("load balanced", () => {
  const busy = { "node-1": 0.95 } as Record<string, number>;
  const options = {
    seed: 7,
    nodes: 4,
    actors: [Cart],
    hub: { distribution: loadBalanced({ pushIntervalMs: 500 }) },
    load: (node: string) => ({ eventLoop: () => busy[node] ?? 0.05, memory: () => 0.1 }),
  };

  test("new actors go where there is room, whichever node they are started through", () =>
    simulate(options, async (sim) => {
      await sim.run(2_000);
      for (const [index] of sim.nodes.entries()) {
        const { errors } = await sim.hub(index).startChildren(carts(ids(100, `from-${index}`)));
        expect(errors).toEqual([]);
      }
      const counts = hosts(sim, 2);
      expect(counts["node-1"] ?? 0).toBeLessThan(40);
      for (const node of ["node-0", "node-2", "node-3"]) expect(counts[node]).toBeGreaterThan(80);
      await sim.check();
    }));

  test("of concurrent starts of one id through all nodes one wins, and a change of loads moves nothing", () =>
    simulate(options, async (sim) => {
      await sim.run(2_000);
      const starts = ids(20).flatMap((id) => sim.nodes.map(({ hub }) => hub.start(Cart, { id, args: undefined })));
      const ends = await Promise.allSettled(starts);
      const refused = ends.flatMap((end) => (end.status === "rejected" ? [end.reason.code] : []));
      expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
      expect(refused).toEqual(Array.from({ length: 60 }, () => "AlreadyStarted"));
      const before = hosts(sim, 0);
      busy["node-0"] = 1;
      await sim.run(20_000);
      busy["node-0"] = 0.05;
      expect(hosts(sim, 0)).toEqual(before);
      await sim.check();
    }));

  test.each(["crash", "leave"] as const)("starts go on, and its actors run again, after a %s of the node that decides", (how) =>
    simulate(options, async (sim) => {
      await sim.run(2_000);
      await sim.hub(0).startChildren(carts(ids(80)));
      expect(sim.hub(3).explain("cart-0").registrar).toBe("node-0");
      if (how === "crash") sim.crash(0);
      else await sim.leave(0);
      await sees(sim, 3, 3);
      const { errors } = await sim.hub(3).startChildren(carts(ids(40, "late")));
      expect(errors).toEqual([]);
      await sim.until("all of them run", () => sim.hub(3).dump().length === 120);
      expect(sim.hub(2).explain("cart-0").registrar).toBe("node-1");
      await sim.check();
    }),
  );

  test("a start that is under way when the node that decides is killed ends, and never twice", () =>
    simulate(options, async (sim) => {
      const starts = sim.hub(3).startChildren(carts(ids(50)));
      await sim.run(1);
      sim.crash(0);
      const { started, errors } = await starts;
      expect(started.length + errors.length).toBe(50);
      await sees(sim, 3, 3);
      const again = await sim.hub(2).startChildren(carts(ids(50)), { checkExisting: false });
      expect(again.errors).toEqual([]);
      await sim.check();
    }));
});

describe("guided", () => {
  const options = { seed: 3, nodes: 3, actors: [Cart], hub: { distribution: guided() } };

  test("each actor runs where it was mapped to, and goes nowhere when others come", () =>
    simulate(options, async (sim) => {
      await sim.hub(0).startChildren(carts(ids(10), ["node-2"]));
      await sim.hub(1).startChildren(carts(ids(5, "other"), ["node-0"]));
      await sim.join();
      await sim.run(5_000);
      expect(hosts(sim, 1)).toEqual({ "node-2": 10, "node-0": 5 });
      await sim.check();
    }));

  test.each<[string, string[] | undefined, RegExp]>([
    ["no mapping", undefined, /given nothing .* allowed is 1 different node name/],
    ["a mapping of another length", ["node-0", "node-1"], /given \["node-0","node-1"\], which are 2/],
  ])("%s is refused with what is wrong", (_, nodes, text) =>
    simulate(options, async (sim) => {
      const { errors } = await sim.hub(0).startChildren(carts(["cart"], nodes));
      expect(errors).toMatchObject([{ id: "cart", error: { code: "StartFailed" } }]);
      expect(errors[0]?.error.message).toMatch(text);
    }),
  );

  test.each(["crash", "leave"] as const)(
    "after a %s of its node an actor waits for it, and others who come meanwhile know that it does",
    (how) =>
      simulate(options, async (sim) => {
        const cart = await sim.hub(0).start(Cart, { id: "cart", args: undefined, nodes: ["node-2"] });
        if (how === "crash") sim.crash(2);
        else await sim.leave(2);
        await sees(sim, 0, 2);
        await sim.run(60_000);
        expect(sim.hub(0).explain("cart").state).toBe("waiting");
        await expect(sim.hub(1).start(Cart, { id: "cart", args: undefined, nodes: ["node-1"] })).rejects.toMatchObject({
          code: "AlreadyStarted",
        });
        await sim.restart(2);
        await sim.until("the actor is back", () => sim.hub(0).lookup("cart")?.replicas[0]?.node === "node-2");
        expect(await cart.ask("size")).toBe(0);
        await sim.check();
      }),
  );

  test("one that waits is known to who comes, when all who saw its node go have gone themselves", () =>
    simulate(options, async (sim) => {
      await sim.hub(0).start(Cart, { id: "cart", args: undefined, nodes: ["node-2"] });
      sim.crash(2);
      await sees(sim, 0, 2);
      const late = await sim.join();
      await sim.run(30_000);
      await sim.leave(0);
      await sim.leave(1);
      expect(sim.hub(late).explain("cart").state).toBe("waiting");
      await sim.restart(2);
      await sim.until("the actor is back", () => sim.hub(late).lookup("cart")?.replicas[0]?.node === "node-2");
      await sim.check();
    }));

  test("one that waits can be stopped", () =>
    simulate(options, async (sim) => {
      await sim.hub(0).start(Cart, { id: "cart", args: undefined, nodes: ["node-2"] });
      sim.crash(2);
      await sees(sim, 1, 2);
      await sim.hub(1).stop("cart");
      await sim.restart(2);
      await sim.run(30_000);
      expect(sim.hub(0).dump()).toEqual([]);
      await sim.check();
    }));
});

describe("gossip", () => {
  const options = { seed: 5, nodes: 8, actors: [Cart], hub: { synchronization: gossip({ recipients: 1 }) } };

  test("who starts or stops an actor reads its own write, whichever node runs it", () =>
    simulate(options, async (sim) => {
      for (const id of ids(40)) {
        await sim.hub(3).start(Cart, { id, args: undefined });
        expect(sim.hub(3).lookup(id)).toBeDefined();
      }
      for (const id of ids(40)) {
        await sim.hub(3).stop(id);
        expect(sim.hub(3).lookup(id)).toBeUndefined();
      }
      await sim.check();
    }));

  test("a node that dies takes no news with it that others wait for", () =>
    simulate(options, async (sim) => {
      for (const id of ids(30))
        void sim
          .hub(3)
          .start(Cart, { id, args: undefined })
          .catch(() => {});
      await sim.run(2);
      sim.crash(5);
      await sees(sim, 3, 7);
      await sim.hub(3).startChildren(carts(ids(30)), { checkExisting: false });
      await sim.check();
    }));
});
