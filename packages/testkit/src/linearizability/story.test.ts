import { defineActor } from "@process-hub/actor";
import { hotSwap } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { modelOf, SimulationError, simulate } from "../index.js";

const By = z.strictObject({ by: z.int().default(1) });

/** A counter; `read` replies what it was when `forget` last ran, if that ran: a reply from the past. */
const Counter = defineActor({
  name: "counter",
  module: import.meta.url,
  state: z.strictObject({ count: z.int(), past: z.int().optional() }),
  init: () => ({ count: 0 }),
})
  .on("add", { input: By, output: z.int() }, (state, { by }) => {
    state.count += by;
    return state.count;
  })
  .on("read", { output: z.int() }, ({ count, past }) => past ?? count)
  .on("forget", {}, (state) => {
    state.past = state.count;
  })
  .on("later", {}, (_, _input, ctx) => ctx.schedule("add", 20, "add", { by: 100 }));

const counts = modelOf(Counter, {
  initial: () => 0,
  messages: {
    add: (count, { by = 1 }) => ({ state: count + by, reply: count + by }),
    read: (count) => ({ state: count, reply: count }),
  },
});

const three = { seed: 5, nodes: 3, actors: [Counter], hub: { migration: hotSwap() } };

describe("a story is checked against sequential models", () => {
  test("calls of three nodes, beside moves, tells and timers, on a bad network", () =>
    simulate({ ...three, faults: { drop: 0.1, reorder: 0.2, duplicate: 0.1 } }, async (sim) => {
      await sim.hub(0).start(Counter, { id: "c-1" });
      await sim.hub(0).start(Counter, { id: "c-2" });
      const user = async (node: number): Promise<void> => {
        for (let n = 0; n < 20; n++) {
          const ref = sim.hub(node).ref(Counter, n % 4 === 0 ? "c-2" : "c-1");
          if (n % 5 === node) ref.tell("add", { by: 3 });
          if (n === 7) await ref.ask("later");
          await (n % 3 === 0 ? ref.ask("read") : ref.ask("add", {}));
        }
      };
      const move = async (): Promise<void> => {
        for (const node of ["node-1", "node-2", "node-0"])
          await sim
            .hub(0)
            .move("c-1", { node })
            .catch(() => {});
      };
      await Promise.all([user(0), user(1), user(2), move()]);
      await sim.check({ linearizable: [counts] });
      expect([...sim.asks.asks.values()].filter(({ answer }) => answer === undefined)).toEqual([]);
    }));

  test("an ask whose node crashes, and one that nobody could be asked, may both not have been", () =>
    simulate(three, async (sim) => {
      await sim.hub(0).start(Counter, { id: "c-1" });
      const home = Number(sim.hub(0).lookup("c-1")?.replicas[0]?.node.slice(-1));
      const [asker = 0, other = 0] = [0, 1, 2].filter((node) => node !== home);
      const lost = sim.hub(asker).ref(Counter, "c-1").ask("add", { by: 5 });
      sim.crash(asker);
      await expect(lost).rejects.toMatchObject({ code: "NodeDown" });
      await expect(sim.hub(other).ref(Counter, "nobody").ask("read")).rejects.toMatchObject({ code: "ActorNotFound" });
      await sim.hub(other).ref(Counter, "c-1").ask("add", { by: 1 });
      await sim.check({ linearizable: [counts] });
    }));

  test("a stale read fails with the seed, the actor, the order so far and what cannot be next", async () => {
    const story = simulate(three, async (sim) => {
      const counter = await sim.hub(0).start(Counter, { id: "c-1" });
      await counter.ask("add", { by: 1 });
      await counter.ask("forget");
      await counter.ask("add", { by: 1 });
      await counter.ask("read");
      await sim.check({ linearizable: [counts] });
    });
    await expect(story).rejects.toThrow(SimulationError);
    await expect(story).rejects.toThrow(
      /^seed 5: 1 broken\n {2}- counter c-1 is not linearizable: at most 2 of the 3 operations/,
    );
    await expect(story).rejects.toThrow(/add\(\{"by":1\}\) -> 2 {2}\[node-0@\S+, .* ms to .* ms\] {2}state 2\n/);
    await expect(story).rejects.toThrow(/read\(\) -> 1 {2}\[.*\] {2}the model replies 2/);
  });

  test("a state that a crash took is found: nothing said that it was gone", async () => {
    const story = simulate(three, async (sim) => {
      await sim.hub(0).start(Counter, { id: "c-1" });
      const home = Number(sim.hub(0).lookup("c-1")?.replicas[0]?.node.slice(-1));
      const counter = sim.hub((home + 1) % 3).ref(Counter, "c-1");
      await counter.ask("add", { by: 1 });
      sim.crash(home);
      await sim.until("it runs elsewhere", () => sim.hub((home + 1) % 3).lookup("c-1")?.replicas[0]?.node !== `node-${home}`);
      await counter.ask("read");
      await sim.check({ linearizable: [counts] });
    });
    await expect(story).rejects.toThrow(/not linearizable: at most 1 of the 2/);
  });
});
