/*
 * Counting: one actor floods another with tells, then asks for the count. Measures one-way messages.
 * Without it a message lost or doubled in a flood would not be seen.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { patient, program } from "./program.js";

/** Counts what it is told. */
export const Counter = defineActor({
  name: "counter",
  module: import.meta.url,
  state: z.object({ count: z.int() }),
  init: () => ({ count: 0 }),
})
  .on("increment", {}, (state) => void state.count++)
  .on("read", { output: z.int() }, (state) => state.count);

/** Tells a counter to count, then asks it how far it came. */
export const Producer = defineActor({ name: "producer", module: import.meta.url, state: z.object({}), init: () => ({}) }).on(
  "produce",
  { input: z.object({ for: z.string(), count: z.int() }), output: z.int() },
  async (_state, { for: id, count }, ctx) => {
    const counter = ctx.ref(Counter, id);
    for (let i = 0; i < count; i++) if (!counter.tell("increment")) await ctx.ready();
    return counter.ask("read", undefined, patient);
  },
);

/** Of two threads, each has one of the two actors: their ids are chosen for that. */
export const counting = program({
  name: "counting",
  actors: [Counter, Producer],
  sizes: { small: { count: 20_000 }, full: { count: 500_000 } },
  expected: ({ count }) => count,
  async run(hub, { count }) {
    const counter = await hub.start(Counter, { id: "counter" });
    const producer = await hub.start(Producer, { id: "producer" });
    return producer.ask("produce", { for: counter.id, count }, patient);
  },
});
