/*
 * Concurrent sorted linked list: many workers at one list, whose every operation walks it. Measures long handlers behind one mailbox.
 * Without it a handler that is longer than the way to it would not be among the programs.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

const valuesEach = 256;
const none = -1;

/** The `n`th operation of a worker: on a value of its own, so that it knows whether the list must have it. */
function operationOf(worker: number, workers: number, n: number): { value: number; inserts: boolean } {
  const drawn = draw(worker, n);
  return { value: (drawn % valuesEach) * workers + worker, inserts: drawn >>> 28 < 2 };
}

/** A list linked by indices, in the order of its values; a value may be in it more than once. */
export const SortedList = defineActor({
  name: "sorted-list",
  module: import.meta.url,
  state: z.object({ head: z.int(), values: z.array(z.int()), next: z.array(z.int()) }),
  init: () => ({ head: none, values: [] as number[], next: [] as number[] }),
})
  .on("insert", { input: z.int() }, (state, value) => {
    const { values, next } = state;
    let before = none;
    let after = state.head;
    while (after !== none && (values[after] ?? 0) < value) {
      before = after;
      after = next[after] ?? none;
    }
    values.push(value);
    next.push(after);
    if (before === none) state.head = values.length - 1;
    else next[before] = values.length - 1;
  })
  .on("contains", { input: z.int(), output: z.boolean() }, ({ head, values, next }, value) => {
    let at = head;
    while (at !== none && (values[at] ?? 0) < value) at = next[at] ?? none;
    return at !== none && values[at] === value;
  })
  .on("content", { output: z.array(z.int()) }, ({ head, values, next }) => {
    const content: number[] = [];
    for (let at = head; at !== none; at = next[at] ?? none) content.push(values[at] ?? 0);
    return content;
  });

/** Inserts and looks up, one operation after the other; replies with the sum of the places in the order at which it found something. */
export const ListWorker = defineActor({
  name: "list-worker",
  module: import.meta.url,
  args: z.object({ worker: z.int(), workers: z.int(), list: z.string() }),
  state: z.object({ worker: z.int(), workers: z.int(), list: z.string() }),
  init: (args) => args,
}).on("work", { input: z.int(), output: z.int() }, async ({ worker, workers, list: id }, operations, ctx) => {
  const list = ctx.ref(SortedList, id);
  let found = 0;
  for (let n = 0; n < operations; n++) {
    const { value, inserts } = operationOf(worker, workers, n);
    if (inserts) await list.ask("insert", value);
    else if (await list.ask("contains", value)) found += n;
  }
  return found;
});

/** What each worker found, and the list at the end. */
export const sortedList = program({
  name: "sorted-list",
  actors: [SortedList, ListWorker],
  sizes: { small: { workers: 10, operations: 200 }, full: { workers: 20, operations: 2_000 } },
  expected({ workers, operations }) {
    const content: number[] = [];
    const found: number[] = [];
    for (let worker = 0; worker < workers; worker++) {
      const own = new Set<number>();
      let sum = 0;
      for (let n = 0; n < operations; n++) {
        const { value, inserts } = operationOf(worker, workers, n);
        if (inserts) {
          own.add(value);
          content.push(value);
        } else if (own.has(value)) sum += n;
      }
      found.push(sum);
    }
    return { found, content: content.sort((a, b) => a - b) };
  },
  async run(hub, { workers, operations }) {
    const list = await hub.start(SortedList, { id: "list" });
    const options = Array.from({ length: workers }, (_, worker) => ({
      id: `worker-${worker}`,
      args: { worker, workers, list: list.id },
    }));
    const all = await startAll(hub, ListWorker, options);
    const found = await Promise.all(all.map((worker) => worker.ask("work", operations, patient)));
    return { found, content: await list.ask("content") };
  },
});
