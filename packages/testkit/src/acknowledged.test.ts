import { defineActor } from "@process-hub/actor";
import { child } from "@process-hub/cluster";
import { seededRandom } from "@process-hub/protocol";
import { hotSwap, majorityQuorum, replication } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { modelOf, type Simulation, simulate } from "./index.js";

const Sum = defineActor({ name: "sum", module: import.meta.url, state: z.object({ n: z.int() }), init: () => ({ n: 0 }) })
  .on("add", { output: z.int() }, (state) => ++state.n)
  .on("read", { output: z.int() }, ({ n }) => n);

/** Counts what it passes on, and tells each count. */
const Relay = defineActor({ name: "relay", module: import.meta.url, state: z.object({ n: z.int() }), init: () => ({ n: 0 }) })
  .on("pass", { output: z.int() }, (state, _, ctx) => {
    ctx.ref(Heard, ctx.id.replace("r", "h")).tell("note", { n: ++state.n });
    return state.n;
  })
  .on("read", { output: z.int() }, ({ n }) => n);
/** Keeps the highest count it was told. */
const Heard = defineActor({ name: "heard", module: import.meta.url, state: z.object({ n: z.int() }), init: () => ({ n: 0 }) })
  .on("note", { input: z.object({ n: z.int() }) }, (state, { n }) => void (state.n = Math.max(state.n, n)))
  .on("read", { output: z.int() }, ({ n }) => n);
const ids = Array.from({ length: 8 }, (_, i) => `s-${i}`);
const nodes = [0, 1, 2, 3, 4];

type Random = () => number;
type Trouble = (sim: Simulation, who: readonly number[], random: Random) => Promise<unknown>;

const stands = async (sim: Simulation, who: readonly number[], still: (index: number) => void): Promise<void> => {
  who.forEach(still);
  await sim.run(4_000);
  for (const index of who) sim.thaw(index);
};
const away = async (sim: Simulation, groups: readonly (readonly number[])[]): Promise<void> => {
  sim.cut(groups);
  await sim.run(4_000);
  sim.heal();
};

/** What may happen to some of five nodes. */
const troubles = {
  crash: async (sim, who) => {
    for (const index of who) sim.crash(index);
  },
  freeze: (sim, who) => stands(sim, who, (index) => sim.freeze(index)),
  suspend: (sim, who) => stands(sim, who, (index) => sim.suspend(index)),
  cut: (sim, who) => away(sim, [who, nodes.filter((index) => !who.includes(index))]),
  "cut of all": (sim) =>
    away(
      sim,
      nodes.map((index) => [index]),
    ),
  "thread's death": async (sim, who, random) => {
    for (const index of who) sim.killThread(index, Math.floor(random() * 2));
  },
  leave: (sim, who) => Promise.all(who.map((index) => sim.leave(index))),
} satisfies Readonly<Record<string, Trouble>>;

const anyOf = (some: readonly number[], random: Random): number => some[Math.floor(random() * some.length)] ?? 0;
const up = (sim: Simulation): number[] => nodes.filter((index) => sim.nodes[index]?.state === "up");

/** A sum as its users see it. */
const sums = modelOf(Sum, {
  initial: () => 0,
  messages: { add: (n) => ({ state: n + 1, reply: n + 1 }), read: (n) => ({ state: n, reply: n }) },
});

/** A user adds to one sum until `isOver`, and says how many answers there were. */
async function user(sim: Simulation, id: string, at: number, isOver: () => boolean): Promise<number> {
  let answers = 0;
  while (!isOver()) {
    const from = up(sim);
    const hub = sim.hub(from[at % from.length] ?? 0);
    const asked = hub.ref(Sum, id).ask(answers % 4 === 3 ? "read" : "add", undefined, { timeoutMs: 500 });
    // Nobody settles the asks of a node that crashed.
    if (
      await Promise.race([
        asked.then(
          () => true,
          () => false,
        ),
        sim.run(700).then(() => false),
      ])
    )
      answers++;
    await sim.run(30);
  }
  return answers;
}

/** Two users ask each sum all the time, actors move, and one trouble comes to so many of the nodes. */
async function lived(seed: number, trouble: Trouble, troubled: number, redundancy: ReturnType<typeof replication>) {
  const hub = { partitionTolerance: majorityQuorum({ initialSize: 5 }), migration: hotSwap(), redundancy };
  const faults = { drop: 0.02, duplicate: 0.02, reorder: 0.1, delayMs: [1, 25] as const };
  await simulate({ seed, nodes: 5, threads: 2, faults, actors: [Sum], hub }, async (sim) => {
    const { next } = seededRandom(seed);
    await sim.hub(0).startChildren(ids.map((id) => child(Sum, { id })));
    await sim.run(2_000);
    let isOver = false;
    const users = [...ids, ...ids].map((id, at) => user(sim, id, at, () => isOver));
    await sim.run(300);
    for (const id of ids.filter(() => next() < 0.3))
      sim
        .hub(0)
        .move(id, { node: `node-${anyOf(nodes, next)}` })
        .catch(() => {});
    await sim.run(next() * 200);
    const others = nodes.slice(1);
    const who = Array.from({ length: troubled }, () => others.splice(Math.floor(next() * others.length), 1)[0] ?? 0);
    await trouble(sim, who, next);
    await sim.run(8_000);
    isOver = true;
    // Ten each, one with another: whose host was lost, and whose datagrams with it, gets fewer.
    const answers = (await Promise.all(users)).reduce((sum, each) => sum + each, 0);
    expect(answers).toBeGreaterThan(10 * users.length);
    await sim.check({ linearizable: [sums] });
  });
}

const seeds = [1, 2];

describe.each(Object.entries(troubles))("through a %s every sum is linearizable", (_, trouble) => {
  test.each(seeds)('of one node, with acknowledge: "standby" (%i)', (seed) =>
    lived(seed, trouble, 1, replication({ factor: 2, acknowledge: "standby" })),
  );

  test.each(seeds)('of two nodes at once, with acknowledge: "majority" of three (%i)', (seed) =>
    lived(seed, trouble, 2, replication({ factor: 3, acknowledge: "majority" })),
  );
});

test.each([1, 2, 3])("what an actor told, it knows that it told, though it was cut off (%i)", (seed) => {
  const redundancy = replication({ factor: 2, acknowledge: "standby" });
  const hub = { partitionTolerance: majorityQuorum({ initialSize: 5 }), redundancy };
  return simulate({ seed, nodes: 5, actors: [Relay, Heard], hub }, async (sim) => {
    const relays = ids.map((_, i) => `r-${i}`);
    await sim.hub(0).startChildren(relays.flatMap((id) => [child(Relay, { id }), child(Heard, { id: id.replace("r", "h") })]));
    await sim.run(2_000);
    sim.cut([[seed], nodes.filter((index) => index !== seed)]);
    for (let i = 0; i < 40; i++) {
      for (const index of nodes)
        for (const id of relays)
          sim
            .hub(index)
            .ref(Relay, id)
            .ask("pass", undefined, { timeoutMs: 300 })
            .catch(() => {});
      await sim.run(100);
    }
    sim.heal();
    await sim.run(5_000);
    const read = (actor: typeof Relay | typeof Heard, id: string) =>
      sim
        .hub(0)
        .ref(actor as typeof Heard, id)
        .ask("read");
    for (const id of relays) expect(await read(Relay, id)).toBeGreaterThanOrEqual(await read(Heard, id.replace("r", "h")));
  });
});

test("an actor's answers wait for its standby as long as that takes, and not for the window of joins and leaves", () => {
  const hub = { redundancy: replication({ acknowledge: "standby" }) };
  return simulate({ seed: 1, nodes: 3, actors: [Sum], hub }, async (sim) => {
    await sim.run(2_000);
    const askAll = async (): Promise<number> => {
      const fromMs = sim.nowMs;
      await Promise.all(ids.map((id) => sim.hub(0).ref(Sum, id).ask("add")));
      return sim.nowMs - fromMs;
    };
    await sim.hub(0).startChildren(ids.map((id) => child(Sum, { id })));
    expect(await askAll()).toBeLessThan(100);
    const isLost = Promise.all([0, 1].map((index) => new Promise((lost) => sim.hub(index).on("memberLeft", lost))));
    sim.crash(2);
    await isLost;
    expect(await askAll()).toBeLessThan(100);
  });
});

test("without acknowledgements it is not: what a cut-off node answers is lost", async () => {
  const lives = [1, 2, 3].map((seed) => lived(seed, troubles.cut, 1, replication({ factor: 2 })));
  const ends = await Promise.allSettled(lives);
  expect(ends.some((end) => end.status === "rejected" && String(end.reason).includes("is not linearizable"))).toBe(true);
});
