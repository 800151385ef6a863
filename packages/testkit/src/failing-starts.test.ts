import { defineActor } from "@process-hub/actor";
import { child, type HubOptions } from "@process-hub/cluster";
import { coldSwap, hotSwap, majorityQuorum } from "@process-hub/strategies";
import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { type Simulation, simulate } from "./index.js";

/** A store that some nodes, or all, cannot reach; each `init` asks it, and takes a moment. */
const store = { awayFor: (_node: string): boolean => false, asking: 0, most: 0 };

const Needy = defineActor({
  name: "needy",
  module: import.meta.url,
  state: z.strictObject({ n: z.int() }),
  init: async (_, { node }) => {
    store.most = Math.max(store.most, ++store.asking);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    store.asking--;
    if (store.awayFor(node)) throw new Error("the store is away");
    return { n: 0 };
  },
  onError: "restart",
})
  .on("add", { output: z.int() }, (state) => ++state.n)
  .on("fail", {}, () => {
    throw new RangeError("as asked");
  });

const ids = Array.from({ length: 30 }, (_, i) => `a-${i}`);

beforeEach(() => {
  store.awayFor = () => false;
  store.most = 0;
});

const begin = async (sim: Simulation): Promise<string[]> => {
  const { errors } = await sim.hub(0).startChildren(ids.map((id) => child(Needy, { id })));
  expect(errors).toEqual([]);
  return ids.filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node === "node-1");
};
const answers = async (sim: Simulation): Promise<void> => {
  const asks = ids.map((id) => sim.hub(0).ref(Needy, id).ask("add", undefined, { timeoutMs: 20_000 }));
  expect((await Promise.allSettled(asks)).filter(({ status }) => status === "rejected")).toEqual([]);
  await sim.check();
};
const waiting = (sim: Simulation): string[] =>
  sim
    .hub(0)
    .list()
    .flatMap((entry) => (entry.waiting === undefined ? [] : [entry.id]));

const strategies: readonly (readonly [string, HubOptions | Record<string, unknown>])[] = [
  ["divergence", {}],
  ["a quorum", { partitionTolerance: majorityQuorum({ initialSize: 3 }) }],
];

test.each(strategies)(
  "under %s: a store that is away for 3 s while a node dies costs no actor; the wait is seen on all nodes",
  (_, hub) =>
    simulate({ seed: 5, nodes: 3, actors: [Needy], hub: { migration: hotSwap(), ...hub } }, async (sim) => {
      await sim.run(3_000);
      const died = await begin(sim);
      expect(died.length).toBeGreaterThan(3);
      store.awayFor = () => true;
      sim.crash(1);
      await sim.until("their starts fail", () => waiting(sim).length === died.length, 10_000);
      expect(sim.hub(2).lookup(died[0] ?? "")).toMatchObject({
        replicas: [],
        waiting: { error: { code: "StartFailed", message: expect.stringContaining("the store is away") } },
      });
      await sim.run(3_000);
      expect([0, 2].map((n) => sim.hub(n).stats().startsFailing).reduce((sum, n) => sum + n)).toBe(died.length);
      store.awayFor = () => false;
      await answers(sim);
      expect(waiting(sim)).toEqual([]);
    }),
);

test("an actor that cannot start on its owner starts on another node", () =>
  simulate({ seed: 6, nodes: 3, actors: [Needy], hub: { migration: hotSwap() } }, async (sim) => {
    await begin(sim);
    store.awayFor = (node) => node === "node-2";
    sim.crash(1);
    await sim.until("the dead node is missed", () => !sim.hub(0).nodes().includes("node-1"));
    await sim.until("all run", () => sim.hub(0).list().length === ids.length && waiting(sim).length === 0);
    await answers(sim);
  }));

test("of a dead thread's actors no more than so many start at once, and none is lost", () =>
  simulate({ seed: 7, nodes: 1, threads: 1, actors: [Needy], hub: { limits: { startsAtOnce: 4 } } }, async (sim) => {
    await begin(sim);
    store.most = 0;
    store.awayFor = () => true;
    sim.killThread(0, 0);
    await sim.until("their starts fail", () => waiting(sim).length === ids.length);
    store.awayFor = () => false;
    await answers(sim);
    expect(store.most).toBe(4);
  }));

test("an actor that crashes while its store is away runs again from its init when that is back; what was sent to it is handled then", () =>
  simulate({ seed: 8, nodes: 1, actors: [Needy] }, async (sim) => {
    const one = await sim.hub(0).start(Needy, { id: "one" });
    store.awayFor = () => true;
    await expect(one.ask("fail")).rejects.toThrow("as asked");
    const asked = one.ask("add", undefined, { timeoutMs: 20_000 });
    await sim.run(2_000);
    expect(sim.hub(0).lookup("one")).toMatchObject({ replicas: [], waiting: { node: "node-0" } });
    store.awayFor = () => false;
    expect(await asked).toBe(1);
    await sim.check();
  }));

test("an actor that waits is stopped at once, and its id is free", () =>
  simulate({ seed: 9, nodes: 2, actors: [Needy] }, async (sim) => {
    const one = await sim.hub(0).start(Needy, { id: "one" });
    store.awayFor = () => true;
    await expect(one.ask("fail")).rejects.toThrow("as asked");
    await sim.until("it waits", () => sim.hub(1).lookup("one")?.waiting !== undefined);
    await expect(sim.hub(1).start(Needy, { id: "one" })).rejects.toMatchObject({ code: "AlreadyStarted" });
    await sim.hub(1).stop("one");
    await sim.until("all know", () => sim.hub(0).lookup("one") === undefined);
    expect([0, 1].map((n) => sim.hub(n).stats().startsFailing)).toEqual([0, 0]);
    store.awayFor = () => false;
    await sim.hub(1).start(Needy, { id: "one" });
    await sim.check();
  }));

test("a cold swap whose actor can start neither there nor here again costs no actor", () =>
  simulate({ seed: 10, nodes: 2, actors: [Needy], hub: { migration: coldSwap() } }, async (sim) => {
    await begin(sim);
    store.awayFor = () => true;
    await sim.join();
    await sim.until("some were to move, and wait", () => waiting(sim).length > 0, 10_000);
    await sim.run(3_000);
    store.awayFor = () => false;
    await answers(sim);
  }));
