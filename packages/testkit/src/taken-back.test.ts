import { hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { simulate } from "./index.js";

const code = (error: Error & { code?: string }): string => error.code ?? error.message;

test("an actor that moved is there for a node that has heard of it by its old host alone: nobody starts it beside itself", () =>
  simulate({ seed: 5, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const ids = Array.from({ length: 24 }, (_, i) => `a-${i}`);
    const id = ids.find((one) => sim.hub(0).explain(one).registrar === "node-0") ?? "";
    await sim.run(2_000);
    const ref = await sim.hub(0).start(Ledger, { id });
    await sim.hub(0).move(id, { node: "node-1" });
    await sim.run(100);
    sim.cut([[0], [2]], { oneWay: true });
    await sim.hub(1).move(id, { node: "node-2" });
    // By now its old host has taken its record back.
    await sim.run(700);
    expect(sim.hub(1).dump()[0]?.replicas[0]?.node).toBe("node-2");
    ref.tell("note", { n: 1 });
    const again = await sim.hub(0).start(Ledger, { id }).catch(code);
    sim.heal();
    expect([again, await ref.ask("note", { n: 2 })]).toEqual(["AlreadyStarted", 2]);
    await sim.check();
  }));
