import { child } from "@process-hub/cluster";
import { hotSwap, majorityQuorum } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { simulate } from "./index.js";

test("a node that was cut off asks what has run elsewhere all the while, and is answered", () => {
  const hub = { migration: hotSwap(), partitionTolerance: majorityQuorum({ initialSize: 3 }) };
  return simulate({ seed: 1, nodes: 3, threads: 1, actors: [Ledger], hub }, async (sim) => {
    await sim.until("all nodes serve", () => sim.nodes.every((node) => !node.hub.isPartitioned()));
    const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
    await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
    const ask = (id: string): Promise<unknown> => sim.hub(0).ref(Ledger, id).ask("note", { n: 1 });
    for (const id of ids) await ask(id);
    await sim.run(1_000);
    sim.cut([[0], [1, 2]]);
    await sim.run(6_000);
    expect(sim.hub(0).isPartitioned()).toBe(true);
    sim.heal();
    await sim.until("it serves", () => !sim.hub(0).isPartitioned());
    await sim.run(100);
    for (const id of ids) await ask(id);
    await sim.check();
  });
});
