/*
 * Trapezoidal approximation: workers each integrate a part of an interval. Measures few messages with much work in each.
 * Without it no program would show that one long handler after the other leaves its thread reachable in between.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

const Interval = z.object({ from: z.number(), to: z.number(), pieces: z.int() });
type Interval = z.infer<typeof Interval>;

function height(x: number): number {
  return Math.sqrt(1 + x * x) / (1 + x);
}

/** The area under the curve in an interval, as so many trapezoids. */
function area({ from, to, pieces }: Interval): number {
  const width = (to - from) / pieces;
  let sum = (height(from) + height(to)) / 2;
  for (let piece = 1; piece < pieces; piece++) sum += height(from + piece * width);
  return sum * width;
}

/** The parts of the interval, one for each worker. */
function parts(workers: number, pieces: number): Interval[] {
  return Array.from({ length: workers }, (_, part) => ({
    from: (5 * part) / workers,
    to: (5 * (part + 1)) / workers,
    pieces: Math.ceil(pieces / workers),
  }));
}

/** Integrates one part. */
export const Integrating = defineActor({
  name: "integrating",
  module: import.meta.url,
  state: z.object({}),
  init: () => ({}),
}).on("area", { input: Interval, output: z.number() }, (_state, interval) => area(interval));

/** The area, to the last bit: the parts are added in their order. */
export const trapezoidal = program({
  name: "trapezoidal",
  actors: [Integrating],
  sizes: { small: { workers: 20, pieces: 200_000 }, full: { workers: 100, pieces: 50_000_000 } },
  expected: ({ workers, pieces }) => parts(workers, pieces).reduce((sum, part) => sum + area(part), 0),
  async run(hub, { workers, pieces }) {
    const ids = Array.from({ length: workers }, (_, worker) => ({ id: `worker-${worker}` }));
    const all = await startAll(hub, Integrating, ids);
    const areas = await Promise.all(
      parts(workers, pieces).map(async (part, worker) => (await all[worker]?.ask("area", part, patient)) ?? Number.NaN),
    );
    return areas.reduce((sum, one) => sum + one, 0);
  },
});
