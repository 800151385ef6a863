import { expect, test } from "vitest";
import { Fetcher } from "./fixtures/fetcher.actor.js";
import { Worker } from "./fixtures/worker.actor.js";
import { simulate } from "./index.js";

const options = { nodes: 3, actors: [Fetcher, Worker] };

test.each([1, 2, 3])(
  "a task that a move ends is begun anew where its actor goes on, and the mailbox never waits (seed %i)",
  (seed) =>
    simulate({ ...options, seed }, async (sim) => {
      await sim.hub(0).start(Worker, { id: "source", nodes: ["node-0"] });
      await sim.hub(0).start(Fetcher, { id: "f", nodes: ["node-1", "node-2"] });
      const fetcher = sim.hub(0).ref(Fetcher, "f");
      const held = new AbortController();
      const busy = sim
        .hub(0)
        .ref(Worker, "source")
        .ask("work", [], { signal: held.signal })
        .catch(() => {});
      await fetcher.ask("fetch", "k");
      const from = await fetcher.ask("ping");
      await sim.hub(0).move("f", { node: from === "node-1" ? "node-2" : "node-1" });
      expect(await fetcher.ask("ping")).not.toBe(from);
      await sim.until("it has begun anew", () => sim.hub(from === "node-1" ? 2 : 1).stats().tasks.running === 1);
      expect(await fetcher.ask("seen")).toEqual({ wanted: ["k"], got: [], ended: ["Move"] });
      held.abort();
      await busy;
      await sim.run(50);
      expect(await fetcher.ask("seen")).toEqual({ wanted: [], got: ["k source"], ended: ["Move"] });
      const tasks = [0, 1, 2].map((at) => sim.hub(at).stats().tasks);
      expect(tasks.reduce((sum, { begun, failed }) => sum + begun - failed, 0)).toBe(1);
      expect(tasks.every(({ running }) => running === 0)).toBe(true);
      await sim.check();
    }),
);
