import { defineActor } from "@process-hub/actor";
import { expect, test } from "vitest";
import { z } from "zod";
import { simulate } from "./simulate.js";
import { SimulationError } from "./simulation-error.js";

const Counter = defineActor({
  name: "counter",
  module: "node:counter",
  state: z.object({ n: z.int() }),
  init: () => ({ n: 0 }),
}).on("add", {}, (state) => ++state.n);

test("a broken invariant fails the story with its seed, also when something caught it", async () => {
  const story = simulate({ seed: 7, actors: [Counter] }, async (sim) => {
    await sim.hub(0).start(Counter, { id: "c" });
    const [first] = sim.cells();
    // An epoch that it has had.
    expect(() => first?.cell.unseal(first.cell.epoch)).toThrow("an actor goes on under a higher epoch");
    await sim.run(100);
  });
  const error: unknown = await story.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SimulationError);
  expect(String(error)).toMatch(/seed 7: 1 broken\n {2}- broken invariant: an actor goes on under a higher epoch/);
});

test("the marks of a story are those of all its nodes", async () => {
  const marks = await simulate({ seed: 7, actors: [Counter] }, async (sim) => {
    await sim.hub(0).start(Counter, { id: "c" });
    const [first] = sim.cells();
    void first?.cell.seal(5);
    await sim.run(10);
    first?.cell.unseal(first.cell.reserveEpoch());
    return sim.marks;
  });
  expect(marks.get("moveTakenBack")).toBe(1);
});
