import { expect, test } from "vitest";
import { Worker } from "./fixtures/worker.actor.js";
import { simulate } from "./index.js";

const options = { nodes: 3, actors: [Worker] };

test.each([1, 2, 3, 4, 5])(
  "concurrent asks are answered beside a slow one, in order, over moves; nothing is lost (seed %i)",
  (seed) =>
    simulate({ ...options, seed, faults: { delayMs: [0, 4] } }, async (sim) => {
      await sim.hub(0).start(Worker, { id: "w" });
      const ref = (at: number) => sim.hub(at).ref(Worker, "w");
      const peeked: string[][] = [];
      const asks: Promise<unknown>[] = [];
      const slow = new AbortController();
      asks.push(
        ref(1)
          .ask("work", [], { signal: slow.signal })
          .catch(() => {}),
      );
      await sim.run(10);
      for (let n = 0; n < 60; n++) {
        asks.push(ref(n % 3).ask("note", `n${n}`));
        asks.push(
          ref(n % 3)
            .ask("peek")
            .then((seen) => peeked.push(seen)),
        );
        if (n === 20) {
          await sim.run(16);
          expect(peeked.length).toBe(21);
          slow.abort();
        }
        if (n === 30 || n === 45)
          asks.push(
            sim
              .hub(0)
              .move("w", { node: `node-${1 + (n % 2)}` })
              .catch(() => {}),
          );
        await sim.run(1);
      }
      await Promise.all(asks);
      expect(peeked.length).toBe(60);
      const last = await ref(2).ask("peek");
      expect(last.length).toBe(60);
      expect(peeked.slice(0, 21).every(({ length }) => length === 0)).toBe(true);
      await sim.check();
    }),
);

test("a concurrent handler that waits is waited for by a move, and answered from where it began", () =>
  simulate({ ...options, seed: 1 }, async (sim) => {
    await sim.hub(0).start(Worker, { id: "w", nodes: ["node-0", "node-1"] });
    await sim.hub(0).start(Worker, { id: "other" });
    const held = new AbortController();
    const busy = sim
      .hub(2)
      .ref(Worker, "other")
      .ask("work", [], { signal: held.signal })
      .catch(() => {});
    const relayed = sim.hub(2).ref(Worker, "w").ask("beside", ["other"]);
    await sim.run(10);
    const from = sim.hub(2).lookup("w")?.replicas[0]?.node;
    const moved = sim.hub(2).move("w", { node: from === "node-0" ? "node-1" : "node-0" });
    await sim.run(50);
    expect(sim.hub(2).lookup("w")?.replicas[0]?.node).toBe(from);
    held.abort();
    await Promise.all([busy, moved]);
    expect(await relayed).toBe("w! other");
    await sim.until("it has moved", () => sim.hub(2).lookup("w")?.replicas[0]?.node !== from);
    await sim.check();
  }));
