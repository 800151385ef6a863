import { defineActor } from "@process-hub/actor";
import { child, hubSettings } from "@process-hub/cluster";
import { dynamicQuorum, hotSwap, majorityQuorum, staticQuorum } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Ledger } from "./campaign/ledger.actor.js";
import { gate } from "./fixtures/gate.js";
import { type Simulation, simulate } from "./index.js";

type WhilePaused = "stop" | "freeze";
const quorums = {
  majority: (nodes: number, whilePaused: WhilePaused) => majorityQuorum({ initialSize: nodes, whilePaused }),
  static: (nodes: number, whilePaused: WhilePaused) => staticQuorum({ size: Math.floor(nodes / 2) + 1, whilePaused }),
  dynamic: (_: number, whilePaused: WhilePaused) => dynamicQuorum({ whilePaused }),
};
const ways = ["both ways", "the larger is not heard", "the smaller is not heard"] as const;
/** Short ones, so that a cluster comes to rest soon. */
const timings = { handoffTimeoutMs: 1_000, askTimeoutMs: 1_000 };
const cuts = [2, 3, 4, 5, 6, 7].flatMap((nodes) =>
  Array.from({ length: Math.floor(nodes / 2) }, (_, i) => ({ nodes, smaller: i + 1, larger: nodes - i - 1 })),
);

/** A cluster with two actors for each node, which all nodes know; all of it serves. */
async function settled(sim: Simulation): Promise<string[]> {
  await sim.until("all nodes serve", () => sim.nodes.every(({ hub }) => !hub.isPartitioned()));
  const ids = Array.from({ length: sim.nodes.length * 2 }, (_, i) => `a-${i}`);
  await sim.hub(0).startChildren(ids.map((id) => child(Ledger, { id })));
  await sim.until("all nodes know all actors", () => sim.nodes.every(({ hub }) => hub.list().length === ids.length));
  await sim.run(1_000);
  return ids;
}

/** Every node tells every actor something now and then: duplicates that run side by side would handle it. */
async function talk(sim: Simulation, ids: readonly string[], forMs: number): Promise<void> {
  for (const endMs = sim.nowMs + forMs; sim.nowMs < endMs; await sim.run(400)) {
    for (const { hub } of sim.nodes) for (const id of ids) hub.ref(Ledger, id).tell("note", { n: Math.floor(sim.nowMs) });
  }
}

describe.each(Object.entries(quorums))("a cut under a %s quorum", (_, strategy) => {
  describe.each(cuts)("of $nodes nodes into $smaller and $larger", ({ nodes, smaller }) => {
    test.each(ways)("%s: one side serves at most, the other refuses, and it heals", (way) =>
      simulate(
        {
          seed: nodes * 10 + smaller,
          nodes,
          threads: 1,
          actors: [Ledger],
          hub: { timings, partitionTolerance: strategy(nodes, "stop") },
        },
        async (sim) => {
          const ids = await settled(sim);
          const all = sim.nodes.map((__, index) => index);
          const [few, many] = [all.slice(0, smaller), all.slice(smaller)];
          sim.cut(way === "the smaller is not heard" ? [many, few] : [few, many], { oneWay: way !== "both ways" });
          await talk(sim, ids, 6_000);
          const paused = all.filter((index) => sim.hub(index).isPartitioned());
          expect(paused).toEqual(smaller * 2 === nodes ? all : few);
          for (const index of paused) {
            await expect(sim.hub(index).start(Ledger, { id: "one-more" })).rejects.toThrow(
              expect.objectContaining({ code: "Partitioned" }),
            );
            await expect(sim.hub(index).ref(Ledger, "a-0").ask("note", { n: 1 })).rejects.toThrow();
          }
          if (paused.length < nodes) {
            const [survivor] = many;
            const lost = ids.filter((id) => sim.hub(survivor ?? 0).lookup(id) === undefined);
            expect(lost).toEqual([]);
          }
          sim.heal();
          await talk(sim, ids, 4_000);
          expect(sim.nodes.map(({ hub }) => hub.isPartitioned())).toEqual(all.map(() => false));
          await sim.check();
          expect(sim.hub(0).list()).toHaveLength(ids.length);
        },
      ),
    );
  });
});

test("a node that is cut off runs nothing from a lease's length after the last heartbeat that was acknowledged: before others call it down", () =>
  simulate(
    { seed: 11, nodes: 3, threads: 1, actors: [Ledger], hub: { partitionTolerance: majorityQuorum({ initialSize: 3 }) } },
    async (sim) => {
      const { heartbeatIntervalMs, downAfterMs } = hubSettings({ id: "sim" }).timings;
      const ids = await settled(sim);
      const mine = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-0");
      expect(mine.length).toBeGreaterThan(0);
      const cutAtMs = sim.nowMs;
      sim.cut([[0], [1, 2]]);
      for (; sim.nowMs < cutAtMs + downAfterMs * 2; await sim.run(20))
        for (const id of mine)
          sim
            .hub(0)
            .ref(Ledger, id)
            .tell("note", { n: Math.floor(sim.nowMs) });
      const handledAtMs = sim.history.events.flatMap((event) =>
        event.kind === "handling" && event.place.startsWith("node-0@") && event.atMs > cutAtMs ? [event.atMs - cutAtMs] : [],
      );
      expect(handledAtMs.length).toBeGreaterThan(0);
      expect(Math.max(...handledAtMs)).toBeLessThanOrEqual(downAfterMs - heartbeatIntervalMs);
      sim.heal();
      await sim.check();
    },
  ));

describe("what becomes of paused actors", () => {
  const frozen = { seed: 5, threads: 1, actors: [Ledger] };

  test("a tie: those that were frozen go on with their state", () =>
    simulate(
      { ...frozen, nodes: 2, hub: { partitionTolerance: majorityQuorum({ initialSize: 2, whilePaused: "freeze" }) } },
      async (sim) => {
        const ids = await settled(sim);
        for (const id of ids) await sim.hub(0).ref(Ledger, id).ask("note", { n: 1 });
        sim.cut([[0], [1]]);
        await sim.until("both pause", () => sim.nodes.every(({ hub }) => hub.isPartitioned()));
        await sim.run(10_000);
        sim.heal();
        await sim.until("both serve", () => sim.nodes.every(({ hub }) => !hub.isPartitioned()));
        await sim.run(1_000);
        for (const id of ids) expect(await sim.hub(1).ref(Ledger, id).ask("note", { n: 2 })).toBe(2);
        await sim.check();
      },
    ));

  test("a minority: a frozen duplicate gives way to the one that served, by the conflict event", () =>
    simulate(
      { ...frozen, nodes: 3, hub: { partitionTolerance: majorityQuorum({ initialSize: 3, whilePaused: "freeze" }) } },
      async (sim) => {
        const ids = await settled(sim);
        const home = (index: number) => ids.filter((id) => sim.hub(index).lookup(id)?.replicas[0]?.node === "node-0");
        const mine = home(1);
        expect(mine.length).toBeGreaterThan(0);
        for (const id of mine) await sim.hub(0).ref(Ledger, id).ask("note", { n: 1 });
        sim.cut([[0], [1, 2]]);
        await sim.until(
          "the others took over",
          () => ids.every((id) => sim.hub(1).lookup(id) !== undefined) && home(1).length === 0,
        );
        for (const id of mine) {
          expect(await sim.hub(1).ref(Ledger, id).ask("note", { n: 2 })).toBe(1);
          await expect(sim.hub(0).stop(id)).rejects.toThrow(expect.objectContaining({ code: "Partitioned" }));
        }
        sim.heal();
        const conflicts = (): unknown[] =>
          sim.history.events.filter((event) => event.kind === "event" && event.name === "conflict" && event.node === "node-0");
        await sim.until("the paused duplicates gave way", () => conflicts().length === mine.length);
        await sim.until("it serves", () => !sim.hub(0).isPartitioned());
        await sim.check();
      },
    ));

  test("one that stops itself ends in the pause, says so, and stays ended", async () => {
    const { open, opened } = gate();
    const Leaver = defineActor({ name: "leaver", module: import.meta.url, state: z.null(), init: () => null })
      .lifecycle({ stopping: () => opened })
      .on("leave", {}, (_, __, ctx) => ctx.stopSelf("as asked"));
    const hub = { partitionTolerance: majorityQuorum({ initialSize: 2, whilePaused: "freeze" }) };
    await simulate({ ...frozen, nodes: 2, actors: [Leaver], hub }, async (sim) => {
      const leaver = await sim.hub(0).start(Leaver, { id: "l" });
      leaver.tell("leave");
      await sim.run(100);
      sim.cut([[0], [1]]);
      await sim.until("both pause", () => sim.nodes.every((node) => node.hub.isPartitioned()));
      open();
      const ends = (): unknown[] =>
        sim.history.events.flatMap((event) => (event.kind === "event" && event.name === "childStopped" ? [event.detail] : []));
      await sim.until("it has ended", () => ends().length > 0);
      sim.heal();
      await sim.check();
      expect([ends(), sim.cells()]).toEqual([[{ id: "l", reason: "as asked" }], []]);
    });
  });

  test("a tie: those that were stopped start again, each once", () =>
    simulate({ ...frozen, nodes: 2, hub: { partitionTolerance: majorityQuorum({ initialSize: 2 }) } }, async (sim) => {
      const ids = await settled(sim);
      for (const id of ids) await sim.hub(0).ref(Ledger, id).ask("note", { n: 1 });
      sim.cut([[0], [1]]);
      await sim.until("both pause", () => sim.nodes.every(({ hub }) => hub.isPartitioned()));
      await sim.run(3_000);
      sim.heal();
      await sim.until("they run", () => sim.nodes.every(({ hub }) => ids.every((id) => hub.lookup(id) !== undefined)));
      for (const id of ids) expect(await sim.hub(1).ref(Ledger, id).ask("note", { n: 2 })).toBe(1);
      await sim.check();
    }));
});

describe("who counts", () => {
  const hub = { migration: hotSwap(), partitionTolerance: majorityQuorum({ initialSize: 5 }) };
  const five = { seed: 3, nodes: 5, threads: 1, actors: [Ledger] };

  test("nodes that say goodbye make the cluster smaller: it serves down to one", () =>
    simulate({ ...five, hub }, async (sim) => {
      const ids = await settled(sim);
      for (const index of [4, 3, 2, 1]) {
        await sim.leave(index);
        await sim.run(3_000);
        expect(sim.hub(0).isPartitioned()).toBe(false);
      }
      expect(sim.hub(0).list("local")).toHaveLength(ids.length);
      await sim.check();
    }));

  test("nodes that were lost for good count until an operator says that they do not", () =>
    simulate({ ...five, hub }, async (sim) => {
      const ids = await settled(sim);
      for (const index of [4, 3, 2]) sim.crash(index);
      await sim.until("the others pause", () => [0, 1].every((index) => sim.hub(index).isPartitioned()));
      await sim.run(5_000);
      await sim.hub(0).resetClusterSize(2);
      await sim.until("they serve", () => [0, 1].every((index) => !sim.hub(index).isPartitioned()));
      await sim.until("all actors run", () => ids.every((id) => sim.hub(0).lookup(id) !== undefined));
      await sim.check();
    }));

  test("a size that cannot be, and a strategy that does not count, are refused", () =>
    simulate({ ...five, nodes: 1 }, async (sim) => {
      await expect(sim.hub(0).resetClusterSize(0)).rejects.toThrow(expect.objectContaining({ code: "HubConfigError" }));
      await expect(sim.hub(0).resetClusterSize(3)).rejects.toThrow(/divergence does not count/);
    }));

  test("a node alone opens and waits; its static children start when it has the quorum", () => {
    const children = [child(Ledger, { id: "boot" })];
    return simulate({ ...five, nodes: 1, hub: { children, partitionTolerance: staticQuorum({ size: 2 }) } }, async (sim) => {
      expect([sim.hub(0).isAlive(), sim.hub(0).isPartitioned(), sim.hub(0).list()]).toEqual([true, true, []]);
      await sim.join();
      await sim.until("both serve", () => sim.nodes.every((node) => !node.hub.isPartitioned()));
      await sim.until("the child runs", () => sim.nodes.every((node) => node.hub.lookup("boot") !== undefined));
      await sim.check();
    });
  });
});

describe("what is no cut", () => {
  const three = {
    seed: 4,
    nodes: 3,
    threads: 1,
    actors: [Ledger],
    hub: { partitionTolerance: majorityQuorum({ initialSize: 3 }) },
  };

  test("a node that stood still for longer than its lease, and was not missed, keeps its state", () =>
    simulate(three, async (sim) => {
      const ids = await settled(sim);
      for (const id of ids) await sim.hub(0).ref(Ledger, id).ask("note", { n: 1 });
      sim.freeze(2);
      await sim.run(1_350);
      sim.thaw(2);
      await sim.until("it finds its lease over", () => sim.hub(2).isPartitioned());
      await sim.until("it serves again", () => !sim.hub(2).isPartitioned());
      await sim.run(1_000);
      for (const id of ids) expect(await sim.hub(2).ref(Ledger, id).ask("note", { n: 2 })).toBe(2);
      await sim.check();
    }));

  test("two nodes that do not see each other, and a third that sees both: nobody takes over what runs", () =>
    simulate(three, async (sim) => {
      const ids = await settled(sim);
      for (const id of ids) await sim.hub(2).ref(Ledger, id).ask("note", { n: 1 });
      sim.cut([[0], [1]]);
      await sim.until("they lose each other", () => sim.hub(0).nodes().length === 1 && sim.hub(1).nodes().length === 1);
      await talk(sim, ids, 5_000);
      expect(sim.nodes.map(({ hub }) => hub.isPartitioned())).toEqual([false, false, false]);
      for (const id of ids) expect(await sim.hub(2).ref(Ledger, id).ask("note", { n: 2 })).toBeGreaterThan(1);
      sim.heal();
      await sim.run(3_000);
      await sim.check();
    }));
});
