import { hotSwap } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { bag } from "./fixtures/bag.actor.js";
import { type Simulation, SimulationError, simulate } from "./index.js";

/** It leaves behind on its way what it has counted. */
const Leaky = bag((state) => ({ ...state, counts: new Map() }));
const options = { seed: 5, actors: [Leaky], hub: { migration: hotSwap() } };

/** Rejects with what the story of a leaky actor breaks; beside it, how often it was told. */
async function told(story: (sim: Simulation) => Promise<unknown>): Promise<{ error: SimulationError; times: number }> {
  let times = 0;
  const error: unknown = await simulate(options, (sim) => {
    times++;
    return story(sim);
  }).catch((thrown: unknown) => thrown);
  if (!(error instanceof SimulationError)) throw new Error(`broke no promise: ${String(error)}`);
  return { error, times };
}

async function moved(sim: Simulation, id: string): Promise<void> {
  const from = sim.hub(0).lookup(id)?.replicas[0]?.node;
  await sim.hub(0).move(id, { node: from === "node-1" ? "node-2" : "node-1" });
}

describe("a promise that holds at rest only, broken by a story", () => {
  test("names the first steps that break it, and shows how they end", async () => {
    const { error, times } = await told(async (sim) => {
      const ref = await sim.hub(0).start(Leaky, { id: "t-1" });
      ref.tell("put", new Map([["nut", 1n]]));
      await sim.run(1);
      await moved(sim, "t-1");
      for (let n = 0; n < 40; n++) {
        ref.tell("put", new Map([["bolt", 1n]]));
        await sim.run(5);
      }
      await sim.check();
    });
    expect([error.prefix, error.steps]).toEqual([undefined, 4]);
    expect(error.message).toContain("the first 4 of its 85 steps suffice (the last: move); settled after them, it ends so:");
    const [, short] = error.message.split("it ends so:\n");
    expect(short?.split("all of it ends so:")[0]).not.toContain("bolt");
    expect(times).toBeLessThan(10);
  });

  test("is found in the midst of faults: what is cut heals, what is frozen goes on, and the rest of the story does nothing", async () => {
    const { error } = await told(async (sim) => {
      const ref = await sim.hub(1).start(Leaky, { id: "t-1", nodes: ["node-1", "node-2"] });
      ref.tell("put", new Map([["nut", 1n]]));
      await sim.run(5);
      sim.cut([[0], [1, 2]]);
      sim.freeze(0);
      await sim.hub(1).move("t-1", { node: sim.hub(1).lookup("t-1")?.replicas[0]?.node === "node-1" ? "node-2" : "node-1" });
      for (let n = 0; n < 10; n++) await ref.ask("put", new Map()).catch(() => sim.run(1));
      sim.thaw(0);
      sim.heal();
      await sim.run(5_000);
      await sim.leave(0);
      await sim.check();
    });
    expect(error.steps).toBe(6);
    expect(error.message).toContain("the first 6 of its 21 steps suffice (the last: move)");
    expect(error.message).toMatch(/P4: t-1 holds/);
  });

  test("is what the story broke: where the whole of it, settled after it, breaks nothing, there are no steps", async () => {
    const { error, times } = await told(async (sim) => {
      await sim.hub(0).start(Leaky, { id: "t-1" });
      throw new SimulationError(sim.seed, ["P6: by the story's own account"], sim.history.events);
    });
    expect([error.steps, times]).toEqual([undefined, 2]);
  });
});

test("what names no promise is not looked for again: the story is told once", async () => {
  const { error, times } = await told(async (sim) => {
    throw new SimulationError(sim.seed, ["all is wrong"], sim.history.events);
  });
  expect([error.steps, times]).toEqual([undefined, 1]);
});
