import { defineActor } from "@process-hub/actor";
import { hotSwap, replication } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { z } from "zod";
import { gate } from "./fixtures/gate.js";
import { simulate } from "./simulate.js";

test("a move that comes to an actor after it has left for elsewhere follows it, and lets its replica here stand", () => {
  const { open, opened } = gate();
  const Slow = defineActor({ name: "slow", module: import.meta.url, state: z.object({}), init: () => ({}) })
    .on("wait", {}, () => opened)
    .on("where", { output: z.string() }, (_, __, { node }) => node);
  const hub = { migration: hotSwap({ batchSize: 1 }), redundancy: replication({ factor: "cluster", model: "active-active" }) };
  return simulate({ seed: 1, nodes: 3, threads: 1, actors: [Slow], hub }, async (sim) => {
    const home = sim.hub(0);
    const copied = (): boolean => home.dump().every(({ replicas }) => replicas.length === 3);
    await sim.run(1_000);
    for (const id of ["first", "second"]) {
      await home.start(Slow, { id });
      await home.move(id, { node: "node-0" });
    }
    await sim.until("each is on every node", copied);
    home.ref(Slow, "first").tell("wait");
    const both = home.moveAll(["first", "second"], { node: "node-1" });
    await home.move("second", { node: "node-2" });
    await sim.until(
      "a replica of it stands where it was",
      () => sim.cells().filter(({ cell }) => cell.id === "second").length === 3,
    );
    open();
    expect((await both).errors).toEqual([]);
    await sim.until("each is on every node", copied);
    expect(home.lookup("second")?.replicas[0]?.node).toBe("node-1");
    await sim.check();
  });
});

test("a replica of an actor that was stopped and started again is known under its own epoch, though its node had no time between the two", () => {
  const { open, opened } = gate();
  let inits = 0;
  const Slow = defineActor({
    name: "slow",
    module: import.meta.url,
    state: z.object({}),
    init: async () => {
      if (--inits === 0) await opened;
      return {};
    },
  });
  const hub = { migration: hotSwap(), redundancy: replication({ factor: "cluster", model: "active-active" }) };
  return simulate({ seed: 1, nodes: 2, threads: 1, actors: [Slow], hub }, async (sim) => {
    const home = sim.hub(0);
    const again = async (id: string): Promise<void> => {
      await home.stop(id);
      await home.start(Slow, { id });
    };
    for (const id of ["a", "b", "c", "d", "e", "f", "g", "h"]) await home.start(Slow, { id });
    await sim.until("each is on both nodes", () => home.dump().every(({ replicas }) => replicas.length === 2));
    const [first = "", second = ""] = home.dump().flatMap(({ id, replicas }) => (replicas[0]?.node === "node-0" ? [id] : []));
    inits = 2;
    await again(first);
    await sim.until("its replica is about to stand", () => inits === 0);
    await again(second);
    await sim.run(1_000);
    open();
    await sim.check();
  });
});
