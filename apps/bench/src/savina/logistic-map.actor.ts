/*
 * Logistic map: each series asks its computer for the next term of x -> r x (1 - x). Measures many pairs that ask at a time.
 * Without it one wrong bit in a number on its way would not be seen: after some terms it has spread to all digits.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

const rateOf = (series: number): number => 3.46 + series * 0.0025;
const startOf = (series: number): number => 0.1 + series * 0.003;

/** Computes terms at one rate. */
export const RateComputer = defineActor({
  name: "rate-computer",
  module: import.meta.url,
  args: z.object({ rate: z.number() }),
  state: z.object({ rate: z.number() }),
  init: (args) => args,
}).on("next", { input: z.number(), output: z.number() }, ({ rate }, term) => rate * term * (1 - term));

/** Replies with the last of so many terms. */
export const Series = defineActor({
  name: "series",
  module: import.meta.url,
  args: z.object({ computer: z.string(), start: z.number() }),
  state: z.object({ computer: z.string(), term: z.number() }),
  init: ({ computer, start }) => ({ computer, term: start }),
}).on("advance", { input: z.int(), output: z.number() }, async (state, terms, ctx) => {
  const computer = ctx.ref(RateComputer, state.computer);
  for (let n = 0; n < terms; n++) state.term = await computer.ask("next", state.term);
  return state.term;
});

/** The last term of each series, to the last bit. */
export const logisticMap = program({
  name: "logistic-map",
  actors: [RateComputer, Series],
  sizes: { small: { series: 10, terms: 200 }, full: { series: 25, terms: 8_000 } },
  expected: ({ series, terms }) =>
    Array.from({ length: series }, (_, one) => {
      const rate = rateOf(one);
      let term = startOf(one);
      for (let n = 0; n < terms; n++) term = rate * term * (1 - term);
      return term;
    }),
  async run(hub, { series, terms }) {
    const numbers = Array.from({ length: series }, (_, one) => one);
    const computerOf = (one: number): string => `computer-${one}`;
    await startAll(
      hub,
      RateComputer,
      numbers.map((one) => ({ id: computerOf(one), args: { rate: rateOf(one) } })),
    );
    const all = await startAll(
      hub,
      Series,
      numbers.map((one) => ({ id: `series-${one}`, args: { computer: computerOf(one), start: startOf(one) } })),
    );
    return Promise.all(all.map((one) => one.ask("advance", terms, patient)));
  },
});
