/*
 * Sieve of Eratosthenes: numbers go down a chain of filters, which grows at its end. Measures a pipeline with one fast source.
 * Without it no program would start actors while its own messages press on.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { patient, program } from "./program.js";

/** How many primes there are, and their sum. */
const Primes = z.object({ count: z.int(), sum: z.int() });
type Primes = z.infer<typeof Primes>;

/** Keeps the first so many primes that come to it, and passes on what none of these divides. The ask to finish follows the numbers. */
export const PrimeFilter = defineActor({
  name: "prime-filter",
  module: import.meta.url,
  args: z.object({ index: z.int(), capacity: z.int() }),
  state: z.object({ index: z.int(), capacity: z.int(), primes: z.array(z.int()), next: z.string().optional() }),
  init: (args) => ({ ...args, primes: [] }),
})
  .on("number", { input: z.int() }, async (state, number, ctx): Promise<void> => {
    const { primes, capacity, index } = state;
    if (primes.some((prime) => number % prime === 0)) return;
    if (primes.length < capacity) {
      primes.push(number);
      return;
    }
    if (state.next === undefined) {
      const next = { id: `filter-${index + 1}`, args: { index: index + 1, capacity } };
      await ctx.start(PrimeFilter, next);
      state.next = next.id;
    }
    if (!ctx.ref(PrimeFilter, state.next).tell("number", number)) await ctx.ready();
  })
  .on("finish", { output: Primes }, async ({ primes, next }, _input, ctx): Promise<Primes> => {
    const after = next === undefined ? { count: 0, sum: 0 } : await ctx.ref(PrimeFilter, next).ask("finish", undefined, patient);
    return { count: after.count + primes.length, sum: primes.reduce((sum, prime) => sum + prime, after.sum) };
  });

/** The primes below a limit. Both sizes send more into the chain than a link has room for. */
export const sieve = program({
  name: "sieve",
  actors: [PrimeFilter],
  sizes: { small: { below: 6_000, capacity: 100 }, full: { below: 100_000, capacity: 1_000 } },
  expected({ below }): Primes {
    const composite = new Uint8Array(below);
    const primes = { count: 0, sum: 0 };
    for (let number = 2; number < below; number++) {
      if (composite[number]) continue;
      primes.count++;
      primes.sum += number;
      for (let multiple = number * number; multiple < below; multiple += number) composite[multiple] = 1;
    }
    return primes;
  },
  async run(hub, { below, capacity }): Promise<Primes> {
    const first = await hub.start(PrimeFilter, { id: "filter-0", args: { index: 0, capacity } });
    first.tell("number", 2);
    for (let number = 3; number < below; number += 2) if (!first.tell("number", number)) await hub.ready();
    return first.ask("finish", undefined, patient);
  },
});
