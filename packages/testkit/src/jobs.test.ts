import { defineActor } from "@process-hub/actor";
import { expect, test } from "vitest";
import { z } from "zod";
import { simulate } from "./simulate.js";

const Worker = defineActor({ name: "worker", module: import.meta.url, state: z.object({}), init: () => ({}) }).on(
  "triple",
  { input: z.number() },
  (_state, n, ctx) => ctx.job(new URL("./fixtures/triple.job.mjs", import.meta.url), n),
);

test("jobs run in a simulation, and virtual time stands still while their modules are imported", async () => {
  const tell = () =>
    simulate({ seed: 3, nodes: 2, actors: [Worker] }, async (sim) => {
      const ids = ["a", "b", "c", "d"];
      for (const id of ids) await sim.hub(0).start(Worker, { id });
      const answers = await Promise.all(ids.map((id, i) => sim.hub(1).ref(Worker, id).ask("triple", i)));
      const atMs = sim.nowMs;
      await sim.check();
      return { answers, atMs };
    });
  const first = await tell();
  expect(first.answers).toEqual([0, 3, 6, 9]);
  expect(await tell()).toEqual(first);
});
