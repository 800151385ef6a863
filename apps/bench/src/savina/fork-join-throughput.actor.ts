/*
 * Fork-join, throughput: one sender, many actors, some work for each message. Measures how the threads share it.
 * Without it a thread that starves some of its actors would not be seen.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

const turns = 20;

/** The work of one message: a number that follows from two others. */
function worked(actor: number, message: number): number {
  let value = message;
  for (let turn = 0; turn < turns; turn++) value = draw(actor, value);
  return value;
}

/** Does some work for each message, and sums up what came of it. */
export const Laborer = defineActor({
  name: "laborer",
  module: import.meta.url,
  args: z.object({ index: z.int() }),
  state: z.object({ index: z.int(), total: z.int() }),
  init: ({ index }) => ({ index, total: 0 }),
})
  .on("work", { input: z.int() }, (state, message) => {
    state.total += worked(state.index, message);
  })
  .on("total", { output: z.int() }, (state) => state.total);

/** The main thread sends in turn to all, then asks each for its total. */
export const forkJoinThroughput = program({
  name: "fork-join-throughput",
  actors: [Laborer],
  sizes: { small: { actors: 20, messages: 500 }, full: { actors: 60, messages: 5_000 } },
  expected: ({ actors, messages }) =>
    Array.from({ length: actors }, (_, index) => {
      let total = 0;
      for (let message = 0; message < messages; message++) total += worked(index, message);
      return total;
    }),
  async run(hub, { actors, messages }) {
    const ids = Array.from({ length: actors }, (_, index) => ({ id: `laborer-${index}`, args: { index } }));
    const laborers = await startAll(hub, Laborer, ids);
    for (let message = 0; message < messages; message++)
      for (const laborer of laborers) if (!laborer.tell("work", message)) await hub.ready();
    return Promise.all(laborers.map((laborer) => laborer.ask("total", undefined, patient)));
  },
});
