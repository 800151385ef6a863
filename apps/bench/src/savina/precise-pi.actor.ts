/*
 * Precise pi: a master hands out the terms of a series to workers until one of them comes to nothing. Measures big integers on their way.
 * Without it no program would send bigints, nor a master that does not know beforehand how much there is to do.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

const guardDigits = 10;

/** The unit, with some digits more than are wanted, since each term is cut off. */
const unitOf = (digits: number): bigint => 10n ** BigInt(digits + guardDigits);

/** The `k`th term of the series of Bailey, Borwein and Plouffe, in units. */
function termOf(k: number, unit: bigint): bigint {
  const eight = 8n * BigInt(k);
  const sum = (4n * unit) / (eight + 1n) - (2n * unit) / (eight + 4n) - unit / (eight + 5n) - unit / (eight + 6n);
  return sum >> (4n * BigInt(k));
}

/** Computes terms. */
export const TermWorker = defineActor({
  name: "term-worker",
  module: import.meta.url,
  args: z.object({ digits: z.int() }),
  state: z.object({ unit: z.bigint() }),
  init: ({ digits }) => ({ unit: unitOf(digits) }),
}).on("term", { input: z.int(), output: z.bigint() }, ({ unit }, k) => termOf(k, unit));

/** Keeps each worker at one term, and adds them up. Replies with pi, without a point. */
export const PiMaster = defineActor({ name: "pi-master", module: import.meta.url, state: z.object({}), init: () => ({}) }).on(
  "compute",
  { input: z.object({ workers: z.array(z.string()) }), output: z.bigint() },
  async (_state, { workers }, ctx) => {
    let sum = 0n;
    let next = 0;
    let isOver = false;
    const employ = async (id: string): Promise<void> => {
      const worker = ctx.ref(TermWorker, id);
      while (!isOver) {
        const term = await worker.ask("term", next++);
        sum += term;
        if (term <= 0n) isOver = true;
      }
    };
    await Promise.all(workers.map(employ));
    return sum / 10n ** BigInt(guardDigits);
  },
);

/** The arc tangent of `1 / inverse`, in units. */
function arcTangent(inverse: bigint, unit: bigint): bigint {
  let power = unit / inverse;
  let sum = power;
  for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
    power /= inverse * inverse;
    sum += (sign * power) / n;
  }
  return sum;
}

/** So many digits of pi; the reference is Machin's formula. */
export const precisePi = program({
  name: "precise-pi",
  actors: [TermWorker, PiMaster],
  sizes: { small: { digits: 500, workers: 8 }, full: { digits: 10_000, workers: 20 } },
  expected({ digits }) {
    const unit = unitOf(digits);
    return (4n * (4n * arcTangent(5n, unit) - arcTangent(239n, unit))) / 10n ** BigInt(guardDigits);
  },
  async run(hub, { digits, workers }) {
    const options = Array.from({ length: workers }, (_, worker) => ({ id: `worker-${worker}`, args: { digits } }));
    const all = await startAll(hub, TermWorker, options);
    const master = await hub.start(PiMaster, { id: "master" });
    return master.ask("compute", { workers: all.map(({ id }) => id) }, patient);
  },
});
