import { defineActor } from "@process-hub/actor";
import { hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { z } from "zod";
import { simulate } from "./simulate.js";

/** An actor whose handlers each wait until the test lets them end; from `endAll` on they do not wait, those that a checker runs again either. */
function patient() {
  const turns: (() => void)[] = [];
  let free = false;
  const Patient = defineActor({
    name: "patient",
    module: import.meta.url,
    state: z.object({ n: z.int() }),
    init: () => ({ n: 0 }),
  }).on("work", { output: z.int() }, async (state) => {
    if (!free) await new Promise<void>((resolve) => turns.push(resolve));
    return ++state.n;
  });
  const endAll = (): void => {
    free = true;
    for (const end of turns) end();
  };
  return { Patient, endOne: () => turns.shift()?.(), endAll };
}

const hub = { migration: hotSwap() };
const count = 6;

test.each([1, 2, 3])("asks that wait in an actor are answered from its new place when its node leaves (seed %i)", (seed) => {
  const { Patient, endOne, endAll } = patient();
  return simulate({ seed, nodes: 3, actors: [Patient], hub }, async (sim) => {
    await sim.hub(0).start(Patient, { id: "p" });
    await sim.hub(0).move("p", { node: "node-0" });
    const asks = Array.from({ length: count }, (_, i) =>
      sim
        .hub(1 + (i % 2))
        .ref(Patient, "p")
        .ask("work", undefined, { timeoutMs: 20_000 }),
    );
    const replies = Promise.allSettled(asks);
    await sim.run(100);
    const leave = sim.leave(0);
    await sim.run(100);
    endOne();
    await leave;
    await sim.run(100);
    for (let i = 1; i < count; i++) {
      endOne();
      await sim.run(50);
    }
    expect((await replies).map((reply) => (reply.status === "fulfilled" ? reply.value : reply.reason)).sort()).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    endAll();
    await sim.check();
  });
});

test.each(["thread", "node"])(
  "asks that have gone on with their actor are answered though the %s they were sent to dies",
  (what) => {
    const { Patient, endOne, endAll } = patient();
    return simulate({ seed: 1, nodes: 3, actors: [Patient], hub }, async (sim) => {
      await sim.hub(0).start(Patient, { id: "p" });
      await sim.hub(0).move("p", { node: "node-0", thread: 0 });
      const asks = Array.from({ length: count }, (_, i) =>
        sim
          .hub(1 + (i % 2))
          .ref(Patient, "p")
          .ask("work", undefined, { timeoutMs: 20_000 }),
      );
      const replies = Promise.allSettled(asks);
      await sim.run(100);
      const move = sim.hub(1).move("p", what === "thread" ? { node: "node-0", thread: 1 } : { node: "node-1" });
      await sim.run(100);
      endOne();
      await move;
      if (what === "thread") sim.killThread(0, 0);
      else sim.crash(0);
      await sim.run(5_000);
      for (let i = 1; i < count; i++) {
        endOne();
        await sim.run(50);
      }
      expect((await replies).map((reply) => (reply.status === "fulfilled" ? reply.value : reply.reason)).sort()).toEqual([
        1, 2, 3, 4, 5, 6,
      ]);
      endAll();
      await sim.check();
    });
  },
);
