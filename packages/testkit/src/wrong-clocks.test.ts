import { child } from "@process-hub/cluster";
import { hotSwap } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { type Simulation, simulate } from "./index.js";
import type { ClockFault } from "./machine-clock.js";

const hourMs = 3_600_000;
const timings = { handoffTimeoutMs: 1_000, askTimeoutMs: 1_000 };

function told(clocks: (node: string) => ClockFault, tell: (sim: Simulation) => Promise<void>): Promise<void> {
  const hub = { migration: hotSwap(), timings };
  return simulate({ seed: 5, nodes: 4, actors: [Ledger], faults: { delayMs: [0.1, 2] }, clocks, hub }, tell);
}

const hostOf = (sim: Simulation, id: string, seenBy = 0): string | undefined => sim.hub(seenBy).lookup(id)?.replicas[0]?.node;
const note = (sim: Simulation, by: number, id: string): Promise<number> => sim.hub(by).ref(Ledger, id).ask("note", { n: 1 });
const sides = [
  [0, 1],
  [2, 3],
];
const merged = (sim: Simulation): Promise<void> =>
  sim.until("all are members again", () => sim.nodes.every(({ hub }) => hub.nodes().length === 3));

describe.each([-2 * hourMs, -600_000, 600_000, 2 * hourMs])("one machine's clock is %i ms ahead", (aheadMs) => {
  const clocks = (node: string): ClockFault => (node === "node-0" ? { aheadMs } : {});

  test("the life that never stopped goes on, and not the fresh one of the other side, whatever that has handled", () =>
    told(clocks, async (sim) => {
      const ids = Array.from({ length: 16 }, (_, i) => `a-${i}`);
      await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
      await sim.run(1_000);
      for (const id of ids) await note(sim, 0, id);
      const home = new Map(ids.map((id) => [id, hostOf(sim, id)]));
      sim.cut(sides);
      await sim.run(5_000);
      for (const id of ids) for (const by of [0, 2, 0, 2, 2]) await note(sim, by, id);
      const here = (id: string): boolean => ["node-0", "node-1"].includes(home.get(id) ?? "");
      sim.heal();
      await merged(sim);
      await sim.run(3_000);
      for (const id of ids) expect([id, await note(sim, 1, id)]).toEqual([id, here(id) ? 4 : 5]);
      await sim.check();
    }));

  test("what was stopped stays stopped, on a node that was away too", () =>
    told(clocks, async (sim) => {
      const ids = Array.from({ length: 16 }, (_, i) => `a-${i}`);
      await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
      await sim.run(1_000);
      sim.freeze(3);
      await sim.run(5_000);
      for (const id of ids) expect(await sim.hub(1).stop(id)).toMatchObject({ status: "ok" });
      sim.thaw(3);
      await merged(sim);
      await sim.run(5_000);
      expect(sim.nodes.flatMap(({ hub }) => hub.list())).toEqual([]);
      await sim.check();
    }));
});

describe("an actor that is stopped on one side of a cut", () => {
  /** An actor of node-0's side is stopped just after the cut; then the other side begins another life of it. */
  async function stopped(sim: Simulation): Promise<string> {
    const ids = Array.from({ length: 16 }, (_, i) => `x-${i}`);
    await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
    await sim.run(1_000);
    const id = ids.find((one) => hostOf(sim, one) === "node-0") ?? "";
    sim.cut(sides);
    await sim.run(50);
    expect(await sim.hub(0).stop(id)).toMatchObject({ status: "ok" });
    await sim.until("the other side has it again", () => hostOf(sim, id, 2) !== "node-0" && sim.hub(2).lookup(id) !== undefined);
    return id;
  }

  test("stays stopped: the life that the other side began ends", () =>
    told(
      () => ({}),
      async (sim) => {
        const id = await stopped(sim);
        expect(await note(sim, 2, id)).toBe(1);
        sim.heal();
        await merged(sim);
        await sim.run(3_000);
        expect(sim.nodes.map(({ hub }) => hub.lookup(id))).toEqual([undefined, undefined, undefined, undefined]);
        await sim.check();
      },
    ));

  test.each([0, 2])("lives where a user has started it anew meanwhile (node %i)", (by) =>
    told(
      () => ({}),
      async (sim) => {
        const id = await stopped(sim);
        if (by === 2) expect(await sim.hub(2).stop(id)).toMatchObject({ status: "ok" });
        await sim.hub(by).start(Ledger, { id });
        for (let n = 0; n < 3; n++) await note(sim, by, id);
        sim.heal();
        await merged(sim);
        await sim.run(3_000);
        for (const each of [0, 2]) expect(await note(sim, each, id)).toBe(each === 0 ? 4 : 5);
        await sim.check();
      },
    ),
  );
});

test("of two actors of one id that users started on both sides of a cut the one that has handled more goes on", () =>
  told(
    (node) => ({ aheadMs: node === "node-2" ? hourMs : 0 }),
    async (sim) => {
      sim.cut(sides);
      await sim.run(4_000);
      for (const by of [0, 2]) for (let i = 0; i < 12; i++) await sim.hub(by).start(Ledger, { id: `b-${i}` });
      const busy = (i: number): number => (i % 2 === 0 ? 0 : 2);
      for (let i = 0; i < 12; i++) {
        for (let n = 0; n < 5; n++) await note(sim, busy(i), `b-${i}`);
        await note(sim, 2 - busy(i), `b-${i}`);
      }
      sim.heal();
      await merged(sim);
      await sim.run(3_000);
      for (let i = 0; i < 12; i++) expect([i, await note(sim, 1, `b-${i}`)]).toEqual([i, 6]);
      await sim.check();
    },
  ));
