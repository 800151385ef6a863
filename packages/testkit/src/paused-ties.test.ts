import { defineActor } from "@process-hub/actor";
import { majorityQuorum, replication } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { z } from "zod";
import { Bell, Ear } from "./fixtures/bell.actor.js";
import { simulate } from "./index.js";

const Sleeper = defineActor({
  name: "sleeper",
  module: import.meta.url,
  state: z.object({ woken: z.int() }),
  init: () => ({ woken: 0 }),
})
  .on("sleep", { input: z.int() }, (_, ms, ctx) => ctx.schedule("nap", ms, "wake"))
  .on("wake", {}, (state) => void state.woken++)
  .on("seen", { output: z.int() }, ({ woken }) => woken);

test.each(["none", "standby"] as const)("timers and subscriptions go on after a pause, as the state does (%s)", (acknowledge) =>
  simulate(
    {
      ...{ seed: 1, nodes: 3, actors: [Bell, Ear, Sleeper] },
      hub: { redundancy: replication({ acknowledge }), partitionTolerance: majorityQuorum({ initialSize: 3 }) },
    },
    async (sim) => {
      await sim.hub(0).start(Bell, { id: "bell" });
      await sim.hub(0).start(Ear, { id: "ear", args: { bell: "bell" } });
      await sim.hub(0).start(Sleeper, { id: "sleeper" });
      await sim.run(3_000);
      await sim.hub(0).ref(Sleeper, "sleeper").ask("sleep", 30_000);
      await sim.hub(0).ref(Bell, "bell").ask("ring", 2);
      await sim.run(1_000);
      sim.cut([[0], [1], [2]]);
      await sim.run(6_000);
      expect(sim.nodes.map(({ hub }) => hub.isPartitioned())).toEqual([true, true, true]);
      sim.heal();
      await sim.until("all serve again", () => sim.nodes.every(({ hub }) => !hub.isPartitioned()));
      await sim.run(3_000);
      await sim.hub(0).ref(Bell, "bell").ask("ring", 2);
      await sim.run(40_000);
      const heard = await sim.hub(0).ref(Ear, "ear").ask("heard");
      expect(heard.flatMap(({ type, payload }) => (type === "event" ? [payload?.n] : []))).toEqual([1, 2, 3, 4]);
      expect(await sim.hub(0).ref(Sleeper, "sleeper").ask("seen")).toBe(1);
      await sim.check();
    },
  ),
);
