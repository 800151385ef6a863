import { child } from "@process-hub/cluster";
import { gossip, hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { simulate } from "./simulate.js";

const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
const nowhere = child(Ledger, { id: "bad", nodes: ["nowhere"] });

test("a rollback says that it is none when a start was not answered: its actor may run beyond a cut", () =>
  simulate({ seed: 1, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    sim.cut([[0], [1]], { oneWay: true });
    const result = await sim
      .hub(0)
      .startChildren([...ids.map((id) => child(Ledger, { id })), nowhere], { onFailure: "rollback" });
    const unanswered = result.errors.filter(({ error }) => "code" in error && error.code === "NodeDown").map(({ id }) => id);
    expect(unanswered.length).toBeGreaterThan(0);
    expect([result.rolledBack, result.started]).toEqual([false, []]);
    sim.heal();
    await sim.run(5_000);
    expect(
      sim
        .cells()
        .map(({ cell }) => cell.id)
        .sort(),
    ).toEqual(unanswered.sort());
    await sim.check();
  }));

test.each([1, 2, 3])(
  "what a node said of a start or a stop holds, though it died before others had heard of it (seed %i)",
  (seed) => {
    const hub = { migration: hotSwap(), synchronization: gossip({ recipients: 1 }) };
    return simulate({ seed, nodes: 5, actors: [Ledger], hub }, async (sim) => {
      const running = (): string[] => sim.cells().map(({ cell }) => cell.id);
      /** The node can answer node-0, and dies before it has told the others. */
      const dies = async (index: number): Promise<void> => {
        sim.cut([[0, index], [1, 2, 3, 4].filter((other) => other !== index)]);
        await sim.run(6);
        sim.crash(index);
        sim.heal();
        await sim.run(10_000);
      };
      const starting = sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
      await dies(1);
      const { started } = await starting;
      expect(running()).toEqual(expect.arrayContaining(started.map(({ id }) => id)));
      const theirs = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-2");
      expect(theirs.length).toBeGreaterThan(0);
      const stopping = sim.hub(0).stopChildren(theirs);
      await dies(2);
      expect((await stopping).stopped.length).toBe(theirs.length);
      expect(running().filter((id) => theirs.includes(id))).toEqual([]);
      await sim.check();
    });
  },
);
