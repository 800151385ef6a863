import { hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { simulate } from "./simulate.js";

test.each([1, 2, 3])("actors that are sent to a node while it leaves keep their state (seed %i)", (seed) =>
  simulate({ seed, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
    for (const id of ids) expect(await (await sim.hub(1).start(Ledger, { id })).ask("note", { n: 1 })).toBe(1);
    let left = false;
    const leave = sim.leave(0).then(() => {
      left = true;
    });
    const send = async (some: readonly string[]): Promise<void> => {
      for (let i = 0; !left && i < 400; i++) {
        const move = sim.hub(1).move(some[i % some.length] as string, { node: "node-0" });
        await move.catch(() => sim.run(0.2));
      }
    };
    await Promise.all([leave, send(ids.slice(0, 6)), send(ids.slice(6))]);
    for (const id of ids) expect(await sim.hub(1).ref(Ledger, id).ask("note", { n: 2 })).toBe(2);
    await sim.check();
  }),
);
