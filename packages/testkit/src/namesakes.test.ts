import { child } from "@process-hub/cluster";
import { hotSwap, majorityQuorum } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { type Simulation, simulate } from "./index.js";

const ids = Array.from({ length: 8 }, (_, i) => `a-${i}`);
const hubs: readonly (readonly [string, object])[] = [
  ["divergence", {}],
  ["a quorum", { partitionTolerance: majorityQuorum({ initialSize: 3 }) }],
];
const notes = async (sim: Simulation, by: number): Promise<void> => {
  for (const id of ids) await sim.hub(by).ref(Ledger, id).ask("note", { n: by });
};

describe.each(hubs)("a second process of a node's name, under %s", (_, hub) => {
  const told = (tell: (sim: Simulation) => Promise<void>): Promise<void> =>
    simulate({ seed: 3, nodes: 3, actors: [Ledger], hub: { migration: hotSwap(), ...hub } }, async (sim) => {
      await sim.run(3_000);
      await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
      await tell(sim);
      await notes(sim, 0);
      await sim.check();
    });

  test("is refused while the first one lives, and nobody else notices", () =>
    told(async (sim) => {
      const first = sim.hub(1);
      await expect(sim.startNamesake(1)).rejects.toMatchObject({ code: "HubConfigError" });
      expect(sim.hub(1)).toBe(first);
      await notes(sim, 1);
      expect([sim.hub(0).nodes(), sim.replacedAlive]).toEqual([["node-1", "node-2"], []]);
    }));

  test.each([500, 6_000])("is the node when the first one has stood still for %i ms, which ends when it wakes", (ms) =>
    told(async (sim) => {
      const first = sim.hub(1);
      sim.freeze(1);
      await sim.run(ms);
      await sim.startNamesake(1);
      expect(sim.hub(1)).not.toBe(first);
      await sim.run(3_000);
      await notes(sim, 1);
      expect(sim.replacedAlive).toEqual([first]);
      sim.thawReplaced();
      await sim.until("the first one has ended", () => sim.replacedAlive.length === 0);
    }),
  );

  // The one that stands still may go on in an instant, with a right to run its actors that has not ended: `check` sees two that run one.
  test.each([200, 1_000, 1_150])("runs what the first one ran when that may run nothing any more: it wakes after %i ms", (ms) =>
    told(async (sim) => {
      const wakes = async (): Promise<void> => {
        for (const { id } of sim.hub(1).dump()) sim.hub(0).ref(Ledger, id).tell("later", { n: 1, delayMs: 50 });
        await sim.run(20);
        sim.freeze(1);
        await sim.startNamesake(1);
        await sim.run(ms);
        sim.thawReplaced();
      };
      const asks = async (): Promise<void> => {
        for (let n = 0; n < 40; n++) {
          await sim.run(50);
          for (const id of ids)
            void sim
              .hub(0)
              .ref(Ledger, id)
              .ask("note", { n }, { timeoutMs: 40 })
              .catch(() => {});
        }
      };
      await Promise.all([wakes(), asks()]);
      await sim.until("the first one has ended", () => sim.replacedAlive.length === 0);
    }),
  );

  test.each([
    ["left", (sim: Simulation) => sim.leave(1)],
    ["died", async (sim: Simulation) => sim.crash(1)],
  ])("ends when it wakes, though the one that replaced it has %s since: its name is free for a third", (_how, goes) =>
    told(async (sim) => {
      sim.freeze(1);
      await sim.run(500);
      await sim.startNamesake(1);
      await sim.run(1_000);
      await goes(sim);
      await sim.until("the others know", () => !sim.hub(0).nodes().includes("node-1"));
      sim.thawReplaced();
      await sim.until("the first one has ended", () => sim.replacedAlive.length === 0);
      await sim.restart(1);
      await sim.until("all serve", () => sim.nodes.every((node) => !node.hub.isPartitioned()));
    }),
  );

  test("is the node again where the one that replaced it died before anybody else had met it", () =>
    told(async (sim) => {
      const first = sim.hub(1);
      sim.cut([[0, 2], [1]], { oneWay: true });
      sim.freeze(1);
      await sim.run(500);
      await sim.startNamesake(1);
      sim.crash(1);
      await sim.until("the others know", () => !sim.hub(0).nodes().includes("node-1"));
      sim.thawReplaced();
      sim.heal();
      await sim.until("it is let in again", () => sim.hub(1) === first);
      expect(sim.replacedAlive).toEqual([]);
      await sim.until("all serve", () => sim.nodes.every((node) => !node.hub.isPartitioned()));
      await notes(sim, 1);
    }));

  test.each([10, 49.95, 51, 75])(
    "is refused, or is the node and the first one ends, when that wakes as it joins, after %d ms",
    (ms) =>
      told(async (sim) => {
        const first = sim.hub(1);
        sim.freeze(1);
        await sim.run(500);
        const second = sim.startNamesake(1).catch(() => "refused");
        await sim.run(ms);
        sim.thaw(1);
        const isRefused = (await second) === "refused";
        await sim.until("one is left", () => sim.replacedAlive.length === 0);
        expect([isRefused, sim.hub(1) === first, sim.hub(1).isAlive()]).toEqual([ms < 49, isRefused, true]);
        await sim.until("all serve", () => sim.nodes.every((node) => !node.hub.isPartitioned()));
      }),
  );

  test.each([
    ["before", 10],
    ["after", 70],
  ])("one that stands still as it joins, %s it has claimed its name, is refused when another has come meanwhile", (_when, ms) =>
    simulate({ seed: 3, nodes: 2, actors: [Ledger], hub: { ...hub, migration: hotSwap() } }, async (sim) => {
      const refused = expect(sim.join()).rejects.toMatchObject({ code: "HubConfigError" });
      await sim.run(ms);
      sim.freeze(2);
      await sim.run(ms);
      await sim.startNamesake(2);
      const second = sim.hub(2);
      await sim.run(ms);
      sim.thawReplaced();
      await refused;
      await sim.check();
      expect([second.isAlive(), sim.hub(0).nodes()]).toEqual([true, ["node-1", "node-2"]]);
    }),
  );

  test("fails the check when the first one has not woken", async () => {
    const tell = told(async (sim) => {
      sim.freeze(1);
      await sim.run(6_000);
      await sim.startNamesake(1);
      await sim.run(3_000);
    });
    await expect(tell).rejects.toThrow("P11: a replaced node-1 has not ended");
  });
});
