import { defineActor } from "@process-hub/actor";
import { gossip, hotSwap, pubSub } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Ledger } from "./campaign/ledger.actor.js";
import { gate } from "./fixtures/gate.js";
import { simulate } from "./simulate.js";

test.each([
  ["is frozen", (sim: Parameters<Parameters<typeof simulate>[1]>[0]) => [() => sim.freeze(2), () => sim.thaw(2)]],
  ["is cut off", (sim: Parameters<Parameters<typeof simulate>[1]>[0]) => [() => sim.cut([[2], [0, 1]]), () => sim.heal()]],
] as const)("what is stopped while its first node %s does not come back, and what starts anew then goes on", (_, away) =>
  simulate({ seed: 12, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    const [leave, comeBack] = away(sim);
    const ids = Array.from({ length: 24 }, (_, i) => `a-${i}`);
    for (const id of ids) await (await sim.hub(0).start(Ledger, { id })).ask("note", { n: 1 });
    const theirs = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-2");
    const again = theirs.slice(0, theirs.length / 2);
    expect(again.length).toBeGreaterThan(0);
    leave?.();
    await sim.until("the others know", () => [0, 1].every((index) => !sim.hub(index).nodes().includes("node-2")));
    await sim.until("they have taken over", () => theirs.every((id) => sim.hub(0).lookup(id) !== undefined));
    for (const id of theirs) await sim.hub(0).stop(id);
    for (const id of again) expect(await (await sim.hub(1).start(Ledger, { id })).ask("note", { n: 2 })).toBe(1);
    comeBack?.();
    await sim.check();
    const left = ids.filter((id) => !theirs.includes(id) || again.includes(id));
    for (const hub of [sim.hub(0), sim.hub(2)])
      expect(
        hub
          .dump()
          .map(({ id }) => id)
          .sort(),
      ).toEqual(left.sort());
    for (const id of again) expect(await sim.hub(2).ref(Ledger, id).ask("note", { n: 3 })).toBe(2);
  }),
);

test.each([
  ["is free", false],
  ["is that of another actor since", true],
])(
  "what is stopped on one side of a cut does not go on at a node that joined since, and took it over from the other side, when its id %s",
  (_, isTaken) =>
    simulate({ seed: 3, nodes: 2, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
      const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
      for (const id of ids) await (await sim.hub(0).start(Ledger, { id })).ask("note", { n: 1 });
      await sim.run(100);
      sim.cut([[0], [1]]);
      await sim.until("each side runs all", () => sim.cells().length === ids.length * 2);
      await sim.hub(0).stopChildren(ids);
      if (isTaken) for (const id of ids) expect(await (await sim.hub(0).start(Ledger, { id })).ask("note", { n: 2 })).toBe(1);
      await sim.run(100);
      await sim.join();
      for (const id of ids)
        await sim
          .hub(1)
          .move(id, { node: "node-2" })
          .catch(() => {});
      sim.heal();
      await sim.check();
      expect(sim.cells().length).toBe(isTaken ? ids.length : 0);
      if (isTaken) for (const id of ids) expect(await sim.hub(2).ref(Ledger, id).ask("note", { n: 3 })).toBe(2);
    }),
);

// By gossip the seed decides who hears first: node-1, which the cut does not keep from hearing.
test.each([
  ["to all", pubSub(), 3],
  ["by gossip", gossip({ recipients: 1 }), 4],
])("what ended on a node that died before all had heard of it is not started again (changes %s)", (_, synchronization, seed) =>
  simulate({ seed, nodes: 3, actors: [Ledger], hub: { migration: hotSwap(), synchronization } }, async (sim) => {
    const ids = Array.from({ length: 24 }, (_, i) => `a-${i}`);
    for (const id of ids) await sim.hub(0).start(Ledger, { id });
    const theirs = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-0");
    await sim.run(1_000);
    sim.cut([[0], [2]]);
    await sim.hub(0).stopChildren(theirs);
    await sim.until("one has heard", () => theirs.every((id) => sim.hub(1).lookup(id) === undefined));
    expect(theirs.every((id) => sim.hub(2).lookup(id) !== undefined)).toBe(true);
    sim.crash(0);
    sim.heal();
    await sim.check();
    expect(sim.hub(2).dump().length).toBe(ids.length - theirs.length);
  }),
);

test("what ended while its frozen node had it on its way between two threads does not arrive", () => {
  const { open, opened } = gate();
  const Slow = defineActor({ name: "slow", module: import.meta.url, state: z.object({ n: z.int() }), init: () => ({ n: 0 }) })
    .on("add", { input: z.string(), output: z.int() }, (state) => ++state.n)
    .handoff({ prepare: (state) => opened.then(() => state), restore: (wire: { n: number }) => wire });
  return simulate({ seed: 3, nodes: 3, actors: [Slow], hub: { migration: hotSwap() } }, async (sim) => {
    const id = "a";
    const ref = await sim.hub(0).start(Slow, { id });
    await ref.ask("add", "first");
    const { node, thread } = sim.hub(0).lookup(id)?.replicas[0] ?? { node: "", thread: 0 };
    const host = sim.nodes.findIndex(({ name }) => name === node);
    const [other = 0] = [0, 1, 2].filter((index) => index !== host);
    await sim.run(100);
    const moved = sim
      .hub(host)
      .move(id, { node, thread: 1 - thread })
      .catch(() => {});
    await sim.run(20);
    for (let n = 0; n < 5; n++) sim.hub(host).ref(Slow, id).tell("add", "waits");
    await sim.run(20);
    sim.freeze(host);
    await sim.until("it runs elsewhere", () => ![node, undefined].includes(sim.hub(other).lookup(id)?.replicas[0]?.node));
    await sim.hub(other).stop(id);
    await sim.hub(other).start(Slow, { id });
    expect(await sim.hub(other).ref(Slow, id).ask("add", "anew")).toBe(1);
    sim.thaw(host);
    await sim.run(2_000);
    open();
    await moved;
    await sim.run(1_000);
    expect(sim.history.events.some((event) => event.kind === "handling" && event.message.input === "waits")).toBe(false);
    await sim.check();
  });
});

describe.each([
  ["at once", undefined],
  ["by gossip", gossip()],
])("a stop whose node crashes, with news that spread %s,", (_, synchronization) => {
  const hub = { migration: hotSwap(), ...(synchronization && { synchronization }) };

  test("stays done when another node was told that it is", () =>
    simulate({ seed: 4, nodes: 5, actors: [Ledger], hub }, async (sim) => {
      const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
      for (const id of ids) await (await sim.hub(0).start(Ledger, { id })).ask("note", { n: 1 });
      const there = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-4");
      expect(there).not.toEqual([]);
      expect((await sim.hub(0).stopChildren(there)).status).toBe("ok");
      sim.crash(4);
      await sim.until("it is given up", () => !sim.hub(0).nodes().includes("node-4"));
      await sim.check();
      for (const id of there) expect(sim.hub(1).lookup(id)).toBeUndefined();
    }));

  test("is lost with it when nobody else had heard of it: the actor starts again, once", () =>
    simulate({ seed: 4, nodes: 5, actors: [Ledger], hub }, async (sim) => {
      const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`);
      for (const id of ids) await (await sim.hub(0).start(Ledger, { id })).ask("note", { n: 1 });
      const there = ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-4");
      sim.cut([[4], [0, 1, 2, 3]]);
      expect((await sim.hub(4).stopChildren(there)).status).toBe("ok");
      sim.crash(4);
      await sim.run(10);
      sim.heal();
      await sim.until("it is given up", () => !sim.hub(0).nodes().includes("node-4"));
      await sim.check();
      for (const id of there) expect(await sim.hub(1).ref(Ledger, id).ask("note", { n: 2 })).toBe(1);
    }));
});

test("the node that ends an actor says so, and nobody else: who asked waits for its word, though another one passed the order on", () =>
  simulate({ seed: 7, nodes: 3, actors: [Ledger], hub: { migration: hotSwap() } }, async (sim) => {
    await sim.run(2_000);
    const ids = Array.from({ length: 24 }, (_, i) => `a-${i}`);
    const id = ids.find((one) => sim.hub(0).explain(one).registrar === "node-2") ?? "";
    await sim.hub(2).start(Ledger, { id });
    await sim.run(100);
    sim.cut([[0], [1, 2]], { oneWay: true });
    await sim.hub(2).move(id, { node: "node-1" });
    const stopped = sim.hub(0).stop(id);
    await sim.run(200);
    sim.cut([[0], [1]], { oneWay: true });
    await sim.run(500);
    sim.heal();
    expect(await stopped).toMatchObject({ stopped: [{ id, nodes: ["node-1"] }] });
    await sim.check();
    const ends = sim.history.events.filter((event) => event.kind === "event" && event.name === "childStopped");
    expect(ends.map((event) => event.kind === "event" && event.node)).toEqual(["node-1"]);
  }));
