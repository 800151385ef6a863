import { defineActor, type Envelope } from "@process-hub/actor";
import { guided, hotSwap, replication } from "@process-hub/strategies";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { bag } from "../fixtures/bag.actor.js";
import { Cart } from "../fixtures/cart.actor.js";
import type { HistoryEvent } from "../history.js";
import { type Simulation, simulate } from "../index.js";
import { checkConvergence } from "./convergence.js";
import { checkRemoved } from "./removed.js";
import { checkReplicas } from "./replicas.js";
import { checkSettled } from "./settled.js";

const place = "node-0@x/0.0";

describe("moves (P4)", () => {
  const travel = (actor: ReturnType<typeof bag>) =>
    simulate({ seed: 5, actors: [actor], hub: { migration: hotSwap() } }, async (sim) => {
      const ref = await sim.hub(0).start(actor, { id: "t-1" });
      const from = sim.hub(0).lookup("t-1")?.replicas[0]?.node;
      ref.tell("put", new Map([["nut", 1n]]));
      await sim.hub(0).move("t-1", { node: from === "node-1" ? "node-2" : "node-1" });
      ref.tell("put", new Map([["nut", 2n]]));
      await sim.check();
      return sim.history;
    });

  test("fail for an actor that a move takes something of: a Map, a bigint", async () => {
    await expect(travel(bag((state) => ({ ...state, counts: new Map() })))).rejects.toThrow(
      /P4: t-1 holds .*"\$map":\[\].*; without moves it would hold .*"\$bigint":"3"/,
    );
  });

  test("hold for one that comes whole, though it keeps where it ran; its history can be written down", async () => {
    const history = await travel(bag((state) => state));
    expect(JSON.stringify(history)).toContain('"input":{"$map":[["nut",{"$bigint":"2"}]]}');
  });

  test("leave out an actor whose first state says where it was born: a replay cannot know", () => {
    const Native = defineActor({
      name: "native",
      module: import.meta.url,
      state: z.strictObject({ home: z.string() }),
      init: (_, ctx) => ({ home: ctx.node }),
    });
    return simulate({ seed: 5, actors: [Native] }, async (sim) => {
      await sim.hub(0).start(Native, { id: "n-1" });
      await sim.check();
    });
  });
});

describe("settled (P5)", () => {
  const rest = {
    nodes: [{ name: "node-0", state: "up", hub: { stats: () => ({ asks: { pending: 0 } }) } }],
    livingThreads: () => [{ place, asks: 0, held: 0 }],
    cells: () => [{ place, cell: { id: "cart-1", phase: "running", runnable: false } }],
  };

  test("holds at rest", () => expect(checkSettled(rest)).toEqual([]));

  test.each([
    [
      "P5: 2 asks still wait on node-0",
      { nodes: [{ name: "node-0", state: "up", hub: { stats: () => ({ asks: { pending: 2 } }) } }] },
    ],
    [`P5: 1 asks still wait at ${place}`, { livingThreads: () => [{ place, asks: 1, held: 0 }] }],
    [`P2: 3 messages are still held at ${place}`, { livingThreads: () => [{ place, asks: 0, held: 3 }] }],
    [
      `P5: cart-1 is still sealed at ${place}`,
      { cells: () => [{ place, cell: { id: "cart-1", phase: "sealed", runnable: false } }] },
    ],
    [
      `P5: cart-1 has messages to handle at ${place} and does not`,
      { cells: () => [{ place, cell: { id: "cart-1", phase: "running", runnable: true } }] },
    ],
  ])("fails: %s", (problem, broken) => {
    expect(checkSettled({ ...rest, ...broken })).toEqual([problem]);
  });
});

describe("registries (P6)", () => {
  const entry = { id: "cart-1", replicas: [{ node: "node-0", thread: 0, epoch: 1, mode: "active" as const }] };
  const node = (name: string, entries: readonly (typeof entry)[], orphans = 0, waiting = 0) => ({
    name,
    state: "up",
    hub: { dump: () => entries, stats: () => ({ registry: { orphans, waiting } }) },
  });
  const cell = { place, cell: { id: "cart-1", epoch: 1 } };
  const found = (nodes: readonly ReturnType<typeof node>[], cells = [cell]) => checkConvergence({ nodes, cells: () => cells });

  test("hold when all know what runs", () => expect(found([node("node-0", [entry]), node("node-1", [entry])])).toEqual([]));

  test("fail when two nodes know different things", () => {
    expect(found([node("node-0", [entry]), node("node-1", [])])[0]).toMatch(/^P6: of cart-1, node-0 knows .*, node-1 nothing$/);
  });

  test("fail when what is registered does not run, or runs twice, or what runs is not registered", () => {
    expect(found([node("node-0", [entry])], [])).toEqual(["P6: cart-1 is registered at node-0/0 epoch 1, and runs at no place"]);
    expect(found([node("node-0", [entry])], [cell, cell])).toHaveLength(1);
    expect(found([node("node-0", [])])).toEqual(["P6: cart-1 runs at node-0/0 epoch 1, and is not registered"]);
  });

  test("fail when an actor that died with its node is started by nobody", () => {
    expect(found([node("node-0", [entry], 2)])).toEqual([
      "P6: node-0 knows 2 actors that died with their nodes and that nobody has started again",
    ]);
    expect(found([node("node-0", [entry], 2, 1)])[0]).toMatch(/^P6: node-0 knows 1 actors/);
    expect(found([node("node-0", [entry], 2, 2)])).toEqual([]);
  });
});

describe("an actor that waits for its node (guided)", () => {
  const away = (end: (sim: Simulation) => Promise<unknown>) =>
    simulate({ seed: 1, actors: [Cart], hub: { distribution: guided(), migration: hotSwap() } }, async (sim) => {
      await sim.hub(1).start(Cart, { id: "c-1", nodes: ["node-0"] });
      await end(sim);
      await sim.run(5_000);
      sim.hub(1).ref(Cart, "c-1").tell("add", { sku: "one" });
      await sim.check();
      await sim.restart(0);
      await sim.check();
      expect(await sim.hub(1).ref(Cart, "c-1").ask("size")).toBe(1);
    });

  test.each([
    ["left", (sim: Simulation) => sim.leave(0)],
    ["crashed", async (sim: Simulation) => sim.crash(0)],
  ])("is nothing broken when that has %s, nor is the mail that is held for it", (_, end) => away(end));

  test("what is held for others is", () => {
    const rest = {
      nodes: [],
      cells: () => [],
      waiting: () => ["c-1"],
      livingThreads: () => [{ place, asks: 0, held: 3, mailFor: () => 2 }],
    };
    expect(checkSettled(rest)).toEqual([`P2: 1 messages are still held at ${place}`]);
  });
});

describe("replicas (R2)", () => {
  type Mode = "active" | "passive";
  const found = (modes: readonly Mode[], options: { active?: number; factor?: number; owners?: number } = {}) => {
    const nodes = ["node-0", "node-1", "node-2"];
    const replicas = modes.map((mode, i) => ({ node: `node-${i}`, thread: 0, mode }));
    const hub = {
      dump: () => [{ id: "c", actor: "cart", replicas }],
      explain: () => ({ owners: nodes.slice(0, options.owners ?? 3) }),
    };
    const kept = replicas.filter(({ mode }) => mode === "passive");
    return checkReplicas({
      nodes: nodes.map((name) => ({ name, state: "up", hub })),
      passiveReplicas: () => kept.map(({ node }) => ({ place: `${node}@x/0.0`, cell: { id: "c", phase: "passive" } })),
      replicasOf: (count) => Math.min(count, options.factor ?? 2),
      activeOf: (replicas) => Math.min(replicas, options.active ?? 1),
    });
  };

  test("hold for one that serves, and for as many as are to serve", () => {
    expect(found(["active", "passive"])).toEqual([]);
    expect(found(["active", "active"], { active: 2 })).toEqual([]);
  });

  test("fail when too many serve, or too few", () => {
    expect(found(["active", "active"])).toEqual(["R2: c has 2 active replicas"]);
    expect(found(["active", "passive"], { active: 2 })).toEqual(["R2: c has 1 active replicas, and should have 2"]);
    expect(found(["active"], { active: 2 })).toHaveLength(2);
    expect(found(["active", "passive", "passive"])).toEqual(["R2: c has 3 replicas, and should have 2"]);
  });

  test("a node that may have none is not missed: one that drains, one that guided does not name", () => {
    expect(found(["active", "passive"], { factor: 3, owners: 2 })).toEqual([]);
    expect(found(["active", "passive"], { factor: 3 })).toEqual(["R2: c has 2 replicas, and should have 3"]);
  });

  test("a replica that is not registered is surplus, but for that of an actor which waits for its own nodes", () => {
    const rest = (state: string) =>
      checkReplicas({
        nodes: [{ name: "node-0", state: "up", hub: { dump: () => [], explain: () => ({ owners: [], state }) } }],
        passiveReplicas: () => [{ place, cell: { id: "c", phase: "passive" } }],
        replicasOf: () => 2,
        activeOf: () => 1,
      });
    expect([rest("unknown").length, rest("waiting")]).toEqual([1, []]);
  });

  test("an actor that could not leave a node that drains has one replica beside it for each other node but one", () => {
    const stayed = (others: readonly string[]) => {
      const replicas = ["node-0", ...others].map((node, i) => ({
        node,
        thread: 0,
        mode: i === 0 ? ("active" as const) : ("passive" as const),
      }));
      const hub = { dump: () => [{ id: "c", actor: "cart", replicas }], explain: () => ({ owners: ["node-1", "node-2"] }) };
      return checkReplicas({
        nodes: ["node-0", "node-1", "node-2"].map((name) => ({ name, state: "up", hub })),
        passiveReplicas: () => others.map((node) => ({ place: `${node}@x/0.0`, cell: { id: "c", phase: "passive" } })),
        replicasOf: (count) => count,
        activeOf: () => 1,
      });
    };
    expect(stayed(["node-1"])).toEqual([]);
    expect(stayed(["node-1", "node-2"])).toEqual(["R2: c has 3 replicas, and should have 2"]);
  });

  test.each([2, 3, "cluster" as const])("hold after a drain, with a factor of %s", (factor) =>
    simulate({ seed: 1, actors: [Cart], hub: { redundancy: replication({ factor }), migration: hotSwap() } }, async (sim) => {
      for (const id of ["c-1", "c-2", "c-3", "c-4"]) await sim.hub(0).start(Cart, { id });
      await sim.run(1_000);
      await sim.hub(1).drain();
      await sim.check();
    }),
  );

  test.each(["quiet", "crash", "cut"])("active-active holds in a story that is %s", (what) =>
    simulate({ seed: 1, actors: [Cart], hub: { redundancy: replication({ model: "active-active" }) } }, async (sim) => {
      for (const id of ["c-1", "c-2", "c-3"]) await sim.hub(0).start(Cart, { id });
      await sim.run(1_000);
      const tell = () =>
        [0, 1].map((index) =>
          sim
            .hub(index)
            .ref(Cart, "c-1")
            .tell("add", { sku: `sku-${sim.nowMs}` }),
        );
      tell();
      if (what === "crash") sim.crash(2);
      if (what === "cut") sim.cut([[0], [1, 2]]);
      await sim.run(5_000);
      tell();
      sim.heal();
      await sim.check();
    }),
  );
});

describe("nothing removed comes back (P6)", () => {
  const at = (atMs: number, node: string, name: string, detail: object) =>
    ({ kind: "event", atMs, node: `node-${node}`, name, detail }) as const;
  const fault = (atMs: number, what: string) => ({ kind: "fault", atMs, what }) as const;
  const stopped = (reason: string) => at(50, "0", "childStopped", { id: "cart-1", reason });
  const heard = (node: string, atMs: number) => at(atMs, node, "childUnregistered", { id: "cart-1" });
  const gaveUp = (node: string, atMs: number) => at(atMs, node, "memberLeft", { node: "node-0", reason: "down" });
  const born = (bornAtMs: number, ...events: HistoryEvent[]) =>
    checkRemoved({
      history: { events, bornAtMs: (name) => (name === "1st" ? bornAtMs : 99) },
      // Restarted since: it is of the same lineage all the same.
      cells: () => [{ place, cell: { id: "cart-1", life: { name: "2nd", root: "1st", restarts: 1, bornAtMs: 0 } } }],
    });
  const broken = [`P6: cart-1 ended 40.00 ms after it was born, and runs at ${place} all the same`];

  test("fails when a duplicate that was born before its actor ended is left", () => {
    expect(born(10, stopped("stop"))).toEqual(broken);
  });

  test("holds for an actor that was started again, and for an end that is none", () => {
    expect([born(60, stopped("stop")), born(10, stopped("shutdown")), born(10)]).toEqual([[], [], []]);
  });

  test("holds for an end on a node that had lost all others, and left; fails when that met one again", () => {
    const joined = (atMs: number) => at(atMs, "0", "memberJoined", { node: "node-1" });
    const alone = [joined(20), stopped("stop"), at(55, "0", "memberLeft", { node: "node-1", reason: "down" }), gaveUp("1", 56)];
    const left = [...alone, fault(60, "leave node-0")];
    expect(born(10, ...left, fault(80, "restart node-0"))).toEqual([]);
    expect(born(10, ...alone)).toEqual(broken);
    expect(born(10, ...alone, joined(57), fault(60, "leave node-0"))).toEqual(broken);
  });

  test("holds for an end that died with its node before another heard of it, or with all that had", () => {
    const crashed = [fault(54, "crash node-0"), heard("1", 70), gaveUp("1", 70)];
    expect(born(10, stopped("stop"), ...crashed)).toEqual([]);
    expect(born(10, stopped("stop"), heard("2", 51), fault(52, "crash node-2"), ...crashed)).toEqual([]);
  });

  test("holds for the end by a node that slept when the actor was born, soon after it woke; fails for a later one, or for one asked for since", () => {
    const woke = (atMs: number) => [fault(5, "freeze node-0"), fault(atMs, "thaw node-0"), stopped("stop")];
    expect(born(10, ...woke(45))).toEqual([]);
    expect(born(10, ...woke(9))).toEqual(broken);
    const late = at(6_000, "0", "childStopped", { id: "cart-1", reason: "stop" });
    expect(born(10, fault(5, "freeze node-0"), fault(45, "thaw node-0"), late)).toHaveLength(1);
    expect(born(10, fault(12, "freeze node-0"), fault(45, "thaw node-0"), stopped("stop"))).toEqual(broken);
  });

  test("holds for the word of a process that had been replaced, unless a node hears it that still took it for the member", () => {
    const late = { ...stopped("stop"), replaced: true } as const;
    const replacing = (atMs: number) => [
      fault(20, "namesake of node-0"),
      gaveUp("1", atMs),
      fault(30, "namesake replaces node-0"),
    ];
    expect(born(10, ...replacing(25), late, heard("1", 60))).toEqual([]);
    expect(born(10, ...replacing(25), stopped("stop"))).toEqual(broken);
    const [asked, , begun] = replacing(0) as [HistoryEvent, HistoryEvent, HistoryEvent];
    expect(born(10, asked, begun, late, heard("1", 60), gaveUp("1", 70))).toEqual(broken);
  });

  test("holds for an end that died with a process, which was replaced before another node had heard of it", () => {
    const replaced = at(60, "0", "replaced", { node: "node-0", by: "x" });
    expect(born(10, stopped("stop"), replaced, heard("1", 70), gaveUp("1", 70))).toEqual([]);
    expect(born(10, stopped("stop"), heard("1", 55), replaced, gaveUp("1", 70))).toEqual(broken);
    expect(born(10, stopped("stop"), heard("1", 70), gaveUp("1", 70))).toEqual(broken);
  });

  test("holds for an end soon after its process heard that it was replaced, which nobody heard of; fails for one long after", () => {
    const replaced = (atMs: number) => at(atMs, "0", "replaced", { node: "node-0", by: "x" });
    expect(born(10, replaced(40), stopped("stop"))).toEqual([]);
    expect(born(10, replaced(40), stopped("stop"), heard("1", 60))).toEqual(broken);
    expect(born(10, replaced(-460), stopped("stop"))).toEqual(broken);
  });

  test("holds for an end that died with its process, though a node that joined or took another name since loses a later life", () => {
    const crashed = fault(54, "crash node-0");
    const joined = (what: string) => born(10, stopped("stop"), crashed, fault(60, what), heard("3", 70));
    expect([joined("join node-3"), joined("rename node-1 to node-3"), joined("join node-4")]).toEqual([[], [], broken]);
  });

  test("holds for the end of another lineage, where each place has one", () => {
    const end = (lineage: string) => ({ ...stopped("stop"), lineage });
    expect([born(10, end("another")), born(10, end("1st"))]).toEqual([[], broken]);
    expect(born(10, { kind: "replicas", atMs: 0, strategy: "s" }, end("another"))).toEqual(broken);
  });

  test("holds for an end of what a node knew by a record of an earlier epoch than that lineage began with", () => {
    const end = (epoch: number) => ({ ...stopped("stop"), epoch });
    const begins = (atMs: number, by = "1") =>
      at(atMs, by, "childRegistered", { id: "cart-1", replicas: [{ node: "node-1", epoch: 4 }] });
    expect([born(10, begins(10), end(1)), born(10, begins(10), end(4)), born(10, begins(10), stopped("stop"))]).toEqual([
      [],
      broken,
      broken,
    ]);
    expect([born(10, begins(9), end(1)), born(10, begins(10, "2"), end(1))]).toEqual([broken, broken]);
  });

  test("holds for an end on a paused node when another began the actor anew in the pause; fails when none did, or it is over", () => {
    const pause = (atMs: number, partitioned: boolean) => at(atMs, "0", "partitionChanged", { node: "node-0", partitioned });
    const begun = (host: string) => at(45, "1", "childRegistered", { id: "cart-1", replicas: [{ node: host }] });
    expect(born(10, pause(40, true), begun("node-1"), stopped("as asked"))).toEqual([]);
    expect(born(10, pause(40, true), begun("node-0"), stopped("as asked"))).toEqual(broken);
    expect(born(10, pause(40, true), pause(44, false), begun("node-1"), stopped("as asked"))).toEqual(broken);
  });

  test("fails when a node that lives on had heard, before or after the crash, or had time to: the node of the end left in peace", () => {
    const crashed = fault(54, "crash node-0");
    expect(born(10, stopped("stop"), heard("1", 51), crashed, gaveUp("1", 70))).toEqual(broken);
    expect(born(10, stopped("stop"), crashed, heard("1", 55), gaveUp("1", 70))).toEqual(broken);
    expect(born(10, stopped("stop"), fault(52, "restart node-0"), crashed)).toEqual(broken);
  });
});

describe("bounds (P7)", () => {
  test("fail for a mailbox that was above its limit at any time", () =>
    simulate({ seed: 2, nodes: 1, threads: 1, actors: [Cart] }, async (sim) => {
      const holds = (waiting: number): void => sim.history.waits({ id: "cart-1", waiting, mailbox: [] }, place, 10);
      holds(10);
      expect(sim.overfull).toEqual([]);
      holds(11);
      holds(9);
      const problem = `P7: the mailbox of cart-1 at ${place} holds 11, its limit is 10`;
      expect(sim.overfull).toEqual([problem]);
      await expect(sim.check()).rejects.toThrow(problem);
    }));

  test("count the messages of the actor's own timers that wait beside the limit, and no others", () =>
    simulate({ seed: 2, nodes: 1, threads: 1, actors: [Cart] }, async (sim) => {
      const timer = {} as Envelope;
      const mailbox = (waiting: number, ...envelopes: Envelope[]) => ({ id: "cart-1", waiting, mailbox: envelopes });
      sim.history.waits(mailbox(11, timer), place, 10, timer);
      expect(sim.overfull).toEqual([]);
      const one = {} as Envelope;
      const actor = mailbox(12, one, one);
      sim.history.waits(actor, place, 10, one);
      expect(sim.overfull).toEqual([]);
      sim.history.waits(mailbox(11, timer), place, 10);
      sim.history.waits({ ...actor, waiting: 13 }, place, 10);
      expect(sim.overfull).toEqual([
        `P7: the mailbox of cart-1 at ${place} holds 11, its limit is 10`,
        `P7: the mailbox of cart-1 at ${place} holds 13, its limit is 10`,
      ]);
    }));

  test("ten times the load makes refusals, not longer mailboxes: each message has its fate", () =>
    simulate({ seed: 2, nodes: 2, actors: [Cart], hub: { limits: { mailbox: 10 } } }, async (sim) => {
      const cart = await sim.hub(0).start(Cart, { id: "cart-1" });
      let most = 0;
      vi.spyOn(sim.history, "waits").mockImplementation(({ waiting }) => (most = Math.max(most, waiting)));
      for (let n = 0; n < 100; n++) cart.tell("add", { sku: `sku-${n}` });
      await sim.check();
      expect(most).toBe(10);
      const all = sim.nodes.map(({ hub }) => hub.stats().messages);
      const deadLettered = all.reduce((sum, one) => sum + one.deadLettered, 0);
      const handled = all.reduce((sum, one) => sum + one.handled, 0);
      expect([deadLettered > 50, handled >= 10, deadLettered + handled]).toEqual([true, true, 100]);
    }));
});
