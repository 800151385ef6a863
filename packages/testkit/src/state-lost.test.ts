import { child } from "@process-hub/cluster";
import { coldSwap, hotSwap, replication, staticQuorum } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Cart } from "./fixtures/cart.actor.js";
import { type Simulation, type SimulationOptions, simulate } from "./index.js";

const ids = Array.from({ length: 12 }, (_, i) => `cart-${i}`);
const events = (sim: Simulation, name: string): Record<string, unknown>[] =>
  sim.history.events.flatMap((event) =>
    event.kind === "event" && event.name === name ? [event.detail as Record<string, unknown>] : [],
  );
const on = (sim: Simulation, node: string, by = 0): string[] =>
  sim
    .hub(by)
    .list()
    .flatMap(({ id, replicas }) => (replicas[0]?.node === node ? [id] : []))
    .toSorted();
const lost = (sim: Simulation): unknown[] =>
  events(sim, "stateLost")
    .map(({ id }) => id)
    .toSorted();
const counted = (sim: Simulation): number =>
  sim.nodes.reduce((sum, { hub, state }) => sum + (state === "up" ? hub.stats().statesLost : 0), 0);

/** Three nodes with a dozen carts, each with one thing in it. */
const story = (hub: SimulationOptions["hub"], tell: (sim: Simulation) => Promise<void>) =>
  simulate({ seed: 3, nodes: 3, actors: [Cart], hub: { migration: hotSwap(), ...hub } }, async (sim) => {
    await sim.hub(0).startChildren(ids.map((id) => child(Cart, { id })));
    for (const id of ids) await sim.hub(0).ref(Cart, id).ask("add", { sku: "tea" });
    await sim.run(2_000);
    await tell(sim);
    await sim.check();
  });

describe("a state that is lost is told, once, by the node where its actor goes on", () => {
  test("when its node died, without replicas", () =>
    story({}, async (sim) => {
      const there = on(sim, "node-1");
      sim.crash(1);
      await sim.run(5_000);
      expect(there.length).toBeGreaterThan(0);
      expect(lost(sim)).toEqual(there);
      for (const { node, from, id } of events(sim, "stateLost"))
        expect([from, node]).toEqual(["init", sim.hub(0).lookup(String(id))?.replicas[0]?.node]);
      expect(counted(sim)).toBe(there.length);
    }));

  test("when its thread died, without replicas", () =>
    story({}, async (sim) => {
      const there = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-0");
      const inThread = there.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.thread === 0);
      sim.killThread(0, 0);
      await sim.run(2_000);
      expect(inThread.length).toBeGreaterThan(0);
      expect(lost(sim)).toEqual(inThread.toSorted());
      expect(sim.hub(0).stats().statesLost).toBe(inThread.length);
    }));

  test("when its node paused and ended it", () =>
    story({ partitionTolerance: staticQuorum({ size: 2, whilePaused: "stop" }) }, async (sim) => {
      sim.cut([[0], [1], [2]]);
      await sim.run(8_000);
      sim.heal();
      await sim.run(8_000);
      expect(await Promise.all(ids.map((id) => sim.hub(0).ref(Cart, id).ask("size")))).toEqual(ids.map(() => 0));
      expect(lost(sim)).toEqual(ids.toSorted());
    }));
});

describe("no state is said to be lost", () => {
  test("where a replica had it: the restart says how far that was", () =>
    story({ redundancy: replication() }, async (sim) => {
      const there = on(sim, "node-1");
      sim.crash(1);
      await sim.run(5_000);
      expect([there.length > 0, lost(sim), counted(sim)]).toEqual([true, [], 0]);
      const restarted = events(sim, "childRestarted").filter(({ id }) => there.includes(String(id)));
      for (const one of restarted) expect(one).toMatchObject({ from: "replica", handled: 1 });
      expect(await Promise.all(ids.map((id) => sim.hub(0).ref(Cart, id).ask("size")))).toEqual(ids.map(() => 1));
    }));

  test("after a crash of the actor itself, which is said to begin with init", () =>
    story({}, async (sim) => {
      await expect(sim.hub(0).ref(Cart, "cart-1").ask("fail")).rejects.toThrow("as asked");
      await sim.run(1_000);
      expect(events(sim, "childRestarted")).toMatchObject([{ id: "cart-1", from: "init" }]);
      expect(lost(sim)).toEqual([]);
    }));

  test("by a cold swap, which is to carry none", () =>
    story({ migration: coldSwap() }, async (sim) => {
      await sim.join();
      await sim.run(5_000);
      expect(on(sim, "node-3").length).toBeGreaterThan(0);
      expect(lost(sim)).toEqual([]);
    }));

  test("by moves and an orderly leave", () =>
    story({}, async (sim) => {
      await sim.join();
      await sim.run(3_000);
      await sim.leave(1);
      await sim.run(3_000);
      expect([events(sim, "childRestarted"), lost(sim)]).toEqual([[], []]);
    }));
});
