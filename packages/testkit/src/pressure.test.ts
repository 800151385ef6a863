import { defineActor } from "@process-hub/actor";
import { child } from "@process-hub/cluster";
import { hotSwap } from "@process-hub/strategies";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { World } from "./campaign/world.js";
import { type Simulation, simulate } from "./index.js";

/** An actor that tells others what it is told, and waits for room when `tell` says so; `slowMs`: how long it takes over a message. */
function stage(world: World) {
  const made = defineActor({
    name: "stage",
    module: import.meta.url,
    args: z.object({ next: z.array(z.string()), slowMs: z.number() }),
    state: z.object({
      next: z.array(z.string()),
      slowMs: z.number(),
      last: z.record(z.string(), z.int()),
      seen: z.int(),
      gaps: z.int(),
    }),
    init: (args) => ({ ...args, last: {}, seen: 0, gaps: 0 }),
  })
    .on("value", { input: z.object({ from: z.string(), n: z.int() }) }, async (state, { from, n }, ctx) => {
      if (n !== (state.last[from] ?? 0) + 1) state.gaps++;
      state.last[from] = n;
      state.seen++;
      if (state.slowMs > 0) await world.takes(state.slowMs, ctx);
      for (const to of state.next) if (!ctx.ref(made, to).tell("value", { from: `${ctx.id}<${from}`, n })) await ctx.ready();
    })
    .on("flood", { input: z.int() }, async (state, count, ctx) => {
      for (let n = 1; n <= count; n++)
        for (const to of state.next)
          if (!ctx.ref(made, to).tell("value", { from: ctx.id, n })) await ctx.ready(ctx.ref(made, to));
    })
    .on("floodTo", { input: z.object({ to: z.string(), count: z.int() }) }, async (_, { to, count }, ctx) => {
      const ref = ctx.ref(made, to);
      for (let n = 1; n <= count; n++) if (!ref.tell("value", { from: ctx.id, n })) await ctx.ready();
    })
    .on("counts", { output: z.object({ seen: z.int(), gaps: z.int() }) }, ({ seen, gaps }) => ({ seen, gaps }));
  return made;
}

type Stage = ReturnType<typeof stage>;
interface Shape {
  /** Whom each actor tells. */
  readonly next: readonly (readonly number[])[];
  /** Those that begin. */
  readonly sources: readonly number[];
  /** How many floods reach each actor. */
  readonly gets: readonly number[];
}

const chain = (length: number): Shape => ({
  next: Array.from({ length }, (_, i) => (i + 1 < length ? [i + 1] : [])),
  sources: [0],
  gets: Array.from({ length }, (_, i) => (i === 0 ? 0 : 1)),
});
const fanIn = (width: number): Shape => ({
  next: Array.from({ length: width + 1 }, (_, i) => (i < width ? [width] : [])),
  sources: Array.from({ length: width }, (_, i) => i),
  gets: Array.from({ length: width + 1 }, (_, i) => (i < width ? 0 : width)),
});
const fanOut = (width: number): Shape => ({
  next: Array.from({ length: width + 1 }, (_, i) => (i === 0 ? Array.from({ length: width }, (_, one) => one + 1) : [])),
  sources: [0],
  gets: Array.from({ length: width + 1 }, (_, i) => (i === 0 ? 0 : 1)),
});

const window = 8;
const id = (i: number): string => `s-${i}`;

async function counts(sim: Simulation, Stage: Stage, many: number): Promise<{ seen: number; gaps: number }[]> {
  return Promise.all(
    Array.from({ length: many }, (_, i) => sim.hub(0).ref(Stage, id(i)).ask("counts", undefined, { timeoutMs: 1_000_000 })),
  );
}

/** Runs a shape of actors that flood each other. Returns what each has seen, and the dead letters. */
async function run(seed: number, nodes: number, shape: Shape, count: number, slowMs: number, mailbox: number, moves = false) {
  const world = new World();
  const Stage = stage(world);
  const many = shape.next.length;
  let result: { seen: { seen: number; gaps: number }[]; letters: string[] } = { seen: [], letters: [] };
  const limits = { actorWindow: window, linkWindow: 64, mailbox };
  const timings = { stuckAfterMs: 1_000_000, askTimeoutMs: 1_000_000 };
  await simulate({ seed, nodes, actors: [Stage], hub: { limits, timings, migration: hotSwap() } }, async (sim) => {
    world.enter(sim);
    const letters: string[] = [];
    for (let node = 0; node < nodes; node++)
      sim.hub(node).on("deadLetter", ({ reason, count = 1 }) => letters.push(`${count} ${reason}`));
    await sim.hub(0).startChildren(
      shape.next.map((next, i) =>
        child(Stage, {
          id: id(i),
          args: { next: next.map(id), slowMs: next.length === 0 && shape.gets[i] !== 0 ? slowMs : 0 },
        }),
      ),
    );
    await sim.run(1_000);
    for (const source of shape.sources) sim.hub(0).ref(Stage, id(source)).tell("flood", count);
    if (moves) {
      for (let i = 0; i < many; i++) {
        await sim.run(30);
        const away = `node-${(nodes + i) % nodes}`;
        await sim
          .hub(0)
          .move(id(i), { node: away })
          .catch(() => {});
      }
    }
    await sim.run(count * many * (slowMs + 1) + 20_000);
    const seen = await counts(sim, Stage, many);
    world.becomePlain();
    await sim.check();
    result = { seen, letters };
  });
  return result;
}

const shapes = fc.oneof(
  fc.integer({ min: 2, max: 8 }).map((n) => ({ what: `a chain of ${n}`, shape: chain(n) })),
  fc.integer({ min: 2, max: 6 }).map((n) => ({ what: `${n} into one`, shape: fanIn(n) })),
  fc.integer({ min: 2, max: 6 }).map((n) => ({ what: `one into ${n}`, shape: fanOut(n) })),
);

test("actors that wait for room lose nothing, in order, in chains, from many to one and from one to many, moving too", async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes,
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 50, max: 300 }),
      fc.constantFrom(0, 1, 7),
      fc.boolean(),
      async ({ shape }, seed, nodes, count, slowMs, moves) => {
        // Each of six threads may have a window on its way, and each of its actors one message beyond.
        const { seen, letters } = await run(seed, nodes, shape, count, slowMs, 8 * window, moves);
        expect(letters).toEqual([]);
        expect(seen).toEqual(shape.gets.map((floods) => ({ seen: floods * count, gaps: 0 })));
      },
    ),
    { numRuns: 25, seed: 11 },
  );
}, 120_000);

/** Each tells the next one, the last the first, all at once. */
async function cycle(length: number, seed: number, nodes: number, count: number, more: { linkWindow: number }) {
  const world = new World();
  const Stage = stage(world);
  let seen: { seen: number; gaps: number }[] = [];
  const letters: string[] = [];
  const hub = { limits: { actorWindow: window, mailbox: 100, ...more }, migration: hotSwap() };
  await simulate({ seed, nodes, actors: [Stage], hub }, async (sim) => {
    world.enter(sim);
    for (let node = 0; node < nodes; node++)
      sim.hub(node).on("deadLetter", (letter) => letters.push(...Array.from({ length: letter.count ?? 1 }, () => letter.reason)));
    await sim.hub(0).startChildren(Array.from({ length }, (_, i) => child(Stage, { id: id(i), args: { next: [], slowMs: 0 } })));
    await sim.run(1_000);
    for (let i = 0; i < length; i++)
      sim
        .hub(0)
        .ref(Stage, id(i))
        .tell("floodTo", { to: id((i + 1) % length), count });
    await sim.run(4_000);
    seen = await counts(sim, Stage, length);
    await sim.check();
  });
  const sum = (of: "seen" | "gaps"): number => seen.reduce((total, one) => total + one[of], 0);
  return { total: sum("seen"), letters, gaps: sum("gaps") };
}

const links = [{ linkWindow: 64 }, { linkWindow: 16 }];

test("actors that flood each other in a cycle come to an end soon, and lose nothing that their mailboxes hold", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(20, 60),
      fc.constantFrom(...links),
      async (length, seed, nodes, count, more) => {
        expect(await cycle(length, seed, nodes, count, more)).toEqual({ total: length * count, letters: [], gaps: 0 });
      },
    ),
    { numRuns: 20, seed: 11 },
  );
}, 120_000);

test("what is beyond their mailboxes is dead letters, each of them told", async () => {
  const { total, letters } = await cycle(3, 7, 2, 115, { linkWindow: 64 });
  expect(total + letters.length).toBe(3 * 115);
  expect(total).toBeGreaterThanOrEqual(3 * 100);
  expect(new Set(letters)).toEqual(new Set(["MailboxFull"]));
}, 60_000);
