/*
 * Quicksort: each actor divides its numbers by a pivot and starts an actor for either side. Measures a tree whose shape the data decide.
 * Without it no program would have actors that wait for two others of very different sizes.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";

const Numbers = z.instanceof(Int32Array);
type Numbers = z.infer<typeof Numbers>;

/** Sorts once, by children of its own when there is much to sort, and ends. */
export const QuickSorter = defineActor({
  name: "quick-sorter",
  module: import.meta.url,
  args: z.object({ fewest: z.int() }),
  state: z.object({ fewest: z.int() }),
  init: (args) => args,
}).on("sort", { input: Numbers, output: Numbers }, async ({ fewest }, numbers, ctx): Promise<Numbers> => {
  ctx.stopSelf("sorted");
  if (numbers.length <= fewest) return numbers.toSorted();
  const pivot = numbers[numbers.length >> 1] ?? 0;
  const sorted = async (side: string, some: Numbers): Promise<Numbers> => {
    if (some.length === 0) return some;
    const child = await ctx.start(QuickSorter, { id: `${ctx.id}.${side}`, args: { fewest } });
    return child.ask("sort", some, patient);
  };
  const [below, above] = await Promise.all([
    sorted(
      "below",
      numbers.filter((number) => number < pivot),
    ),
    sorted(
      "above",
      numbers.filter((number) => number > pivot),
    ),
  ]);
  const result = new Int32Array(numbers.length).fill(pivot);
  result.set(below);
  result.set(above, numbers.length - above.length);
  return result;
});

const numbersOf = (count: number): Numbers => Int32Array.from({ length: count }, (_, n) => draw(9, n) % 1_000_000);

/** The sorted numbers. */
export const quicksort = program({
  name: "quicksort",
  actors: [QuickSorter],
  sizes: { small: { count: 20_000, fewest: 500 }, full: { count: 1_000_000, fewest: 2_000 } },
  expected: ({ count }) => numbersOf(count).sort(),
  async run(hub, { count, fewest }): Promise<Numbers> {
    const root = await hub.start(QuickSorter, { id: "sorter", args: { fewest } });
    return root.ask("sort", numbersOf(count), patient);
  },
});
