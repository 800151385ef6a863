/*
 * Radix sort: a chain of sorters, one for each bit. Each passes zeros on, keeps the ones, and lets them out all at once at the end.
 * Without it no program would have a stage that is silent for long and then floods the next.
 */
import { type ActorRef, defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

/** The values that came, in a form that depends on their order; and whether they were sorted. */
const Sorted = z.object({ count: z.int(), digest: z.int(), sorted: z.boolean() });
type Sorted = z.infer<typeof Sorted>;

const nothing: Sorted & { last: number } = { count: 0, digest: 0, sorted: true, last: 0 };

function after(before: Sorted & { last: number }, value: number): Sorted & { last: number } {
  return {
    count: before.count + 1,
    digest: draw(before.digest, value),
    sorted: before.sorted && before.last <= value,
    last: value,
  };
}

const drawn = (n: number, bits: number): number => draw(11, n) % 2 ** bits;

/** The end of the chain: looks at what comes. */
export const Validator = defineActor({
  name: "validator",
  module: import.meta.url,
  state: Sorted.extend({ last: z.int() }),
  init: () => ({ ...nothing }),
})
  .on("value", { input: z.int() }, (state, value) => void Object.assign(state, after(state, value)))
  .on("finish", { output: Sorted }, ({ count, digest, sorted }) => ({ count, digest, sorted }));

/** What the stages of the chain have in common. */
type Stage = ActorRef<typeof Validator>;

/** Sorts by one bit. The ask to finish follows the values down the chain; the answer comes back from its end. */
export const Sorter = defineActor({
  name: "sorter",
  module: import.meta.url,
  args: z.object({ bit: z.int(), next: z.string(), last: z.boolean() }),
  state: z.object({ bit: z.int(), next: z.string(), last: z.boolean(), ones: z.array(z.int()) }),
  init: (args) => ({ ...args, ones: [] }),
})
  .on("value", { input: z.int() }, async ({ bit, next, last, ones }, value, ctx): Promise<void> => {
    const stage: Stage = last ? ctx.ref(Validator, next) : ctx.ref(Sorter, next);
    if ((value >> bit) & 1) ones.push(value);
    else if (!stage.tell("value", value)) await ctx.ready();
  })
  .on("finish", { output: Sorted }, async ({ next, last, ones }, _input, ctx): Promise<Sorted> => {
    const stage: Stage = last ? ctx.ref(Validator, next) : ctx.ref(Sorter, next);
    for (const value of ones) if (!stage.tell("value", value)) await ctx.ready();
    return stage.ask("finish", undefined, patient);
  });

/** What came out of the chain. Both sizes send more down each link than it has room for. */
export const radixSort = program({
  name: "radix-sort",
  actors: [Validator, Sorter],
  sizes: { small: { values: 3_000, bits: 8 }, full: { values: 40_000, bits: 16 } },
  expected({ values, bits }) {
    const all = Uint32Array.from({ length: values }, (_, n) => drawn(n, bits)).sort();
    const { last: _, ...seen } = all.reduce(after, nothing);
    return seen;
  },
  async run(hub, { values, bits }) {
    await hub.start(Validator, { id: "validator" });
    const [first] = await startAll(
      hub,
      Sorter,
      Array.from({ length: bits }, (_, bit) => {
        const last = bit === bits - 1;
        return { id: `sorter-${bit}`, args: { bit, next: last ? "validator" : `sorter-${bit + 1}`, last } };
      }),
    );
    for (let n = 0; n < values; n++) if (!first?.tell("value", drawn(n, bits))) await hub.ready();
    return first?.ask("finish", undefined, patient);
  },
});
