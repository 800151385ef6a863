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

test("an actor that runs in sight of a node is not started there for another node that has lost sight of it", () =>
  simulate({ seed: 1, nodes: 3, threads: 1, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const ids = Array.from({ length: 24 }, (_, i) => `a-${i}`);
    await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
    await sim.run(100);
    sim.cut([[0], [1]]);
    await sim.until("each has lost the other", () => [0, 1].every((index) => sim.hub(index).nodes().length === 1));
    await sim.run(2_000);
    sim.heal();
    await sim.check();
    const losers = sim.history.events.flatMap((event) =>
      event.kind === "event" && event.name === "conflict" ? [event.node] : [],
    );
    expect(new Set(losers)).toEqual(new Set(["node-0", "node-1"]));
  }));
