import { hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { simulate } from "./simulate.js";

const ids = Array.from({ length: 24 }, (_, i) => `a-${i}`);

test("a node that joins while another is frozen starts nothing that this one runs", () =>
  simulate({ seed: 5, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    for (const id of ids) await sim.hub(0).start(Ledger, { id });
    const asleep = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-2");
    sim.freeze(2);
    await sim.join();
    const starts = asleep.map((id) =>
      sim
        .hub(3)
        .start(Ledger, { id })
        .catch(({ code }: { readonly code: string }) => code),
    );
    await sim.run(1_000);
    sim.thaw(2);
    expect(new Set(await Promise.all(starts))).toEqual(new Set(["AlreadyStarted"]));
    await sim.check();
  }));

test("a node that joins soon after another died decides what is free when that one would be down", () =>
  simulate({ seed: 5, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    sim.crash(2);
    await sim.join();
    const joinedAtMs = sim.nowMs;
    await Promise.allSettled(ids.map((id) => sim.hub(3).start(Ledger, { id })));
    expect(sim.nowMs - joinedAtMs).toBeLessThan(3_000);
    expect(sim.hub(3).list("local").length).toBeGreaterThan(0);
    await sim.check();
  }));

test("a node that drains just as another joins, and has let it in, is known to drain", () =>
  simulate({ seed: 5, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    for (const id of ids) await sim.hub(0).start(Ledger, { id });
    const joined = sim.join();
    const knows = (by: number, node: number): boolean => sim.hub(by).nodes().includes(`node-${node}`);
    await sim.until("one side has let the other in", () => sim.nodes.length > 3 && knows(3, 1) && !knows(1, 3));
    await sim.hub(1).drain();
    await joined;
    await sim.check();
    const owners = ids.flatMap((id) => sim.hub(3).explain(id).owners);
    expect(new Set(owners)).toEqual(new Set(["node-0", "node-2", "node-3"]));
  }));
