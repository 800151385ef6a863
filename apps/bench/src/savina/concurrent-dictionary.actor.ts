/*
 * Concurrent dictionary: many workers read and write one dictionary. Measures asks at one actor that all want.
 * Without it a read that comes before the write it was sent after would not be seen.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

const keysEach = 512;

/** The `n`th operation of a worker: on a key of its own, so that it knows what it must read. */
function operationOf(worker: number, workers: number, n: number): { key: number; value: number | undefined } {
  const drawn = draw(worker, n);
  const key = (drawn % keysEach) * workers + worker;
  return { key, value: drawn >>> 28 < 4 ? n + 1 : undefined };
}

/** The sum of all keys times their values, and how many there are. */
const Digest = z.object({ size: z.int(), sum: z.int() });

function digestOf(entries: ReadonlyMap<number, number>): z.infer<typeof Digest> {
  let sum = 0;
  for (const [key, value] of entries) sum += key * value;
  return { size: entries.size, sum };
}

/** Numbers by numbers. */
export const Dictionary = defineActor({
  name: "dictionary",
  module: import.meta.url,
  state: z.object({ entries: z.map(z.int(), z.int()) }),
  init: () => ({ entries: new Map<number, number>() }),
})
  .on("write", { input: z.object({ key: z.int(), value: z.int() }) }, ({ entries }, { key, value }) => {
    entries.set(key, value);
  })
  .on("read", { input: z.int(), output: z.int() }, ({ entries }, key) => entries.get(key) ?? 0)
  .on("digest", { output: Digest }, ({ entries }) => digestOf(entries));

/** Writes and reads, one operation after the other; replies with the sum of what it read, each times its place in the order. */
export const DictionaryWorker = defineActor({
  name: "dictionary-worker",
  module: import.meta.url,
  args: z.object({ worker: z.int(), workers: z.int(), dictionary: z.string() }),
  state: z.object({ worker: z.int(), workers: z.int(), dictionary: z.string() }),
  init: (args) => args,
}).on("work", { input: z.int(), output: z.int() }, async ({ worker, workers, dictionary: id }, operations, ctx) => {
  const dictionary = ctx.ref(Dictionary, id);
  let sum = 0;
  for (let n = 0; n < operations; n++) {
    const { key, value } = operationOf(worker, workers, n);
    if (value === undefined) sum += n * (await dictionary.ask("read", key));
    else await dictionary.ask("write", { key, value });
  }
  return sum;
});

/** What each worker read, and what is in the dictionary at the end. */
export const concurrentDictionary = program({
  name: "concurrent-dictionary",
  actors: [Dictionary, DictionaryWorker],
  sizes: { small: { workers: 10, operations: 200 }, full: { workers: 20, operations: 8_000 } },
  expected({ workers, operations }) {
    const entries = new Map<number, number>();
    const read: number[] = [];
    for (let worker = 0; worker < workers; worker++) {
      let sum = 0;
      for (let n = 0; n < operations; n++) {
        const { key, value } = operationOf(worker, workers, n);
        if (value === undefined) sum += n * (entries.get(key) ?? 0);
        else entries.set(key, value);
      }
      read.push(sum);
    }
    return { read, digest: digestOf(entries) };
  },
  async run(hub, { workers, operations }) {
    const dictionary = await hub.start(Dictionary, { id: "dictionary" });
    const options = Array.from({ length: workers }, (_, worker) => ({
      id: `worker-${worker}`,
      args: { worker, workers, dictionary: dictionary.id },
    }));
    const all = await startAll(hub, DictionaryWorker, options);
    const read = await Promise.all(all.map((worker) => worker.ask("work", operations, patient)));
    return { read, digest: await dictionary.ask("digest") };
  },
});
