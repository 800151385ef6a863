/*
 * The actor that the benchmark asks, starts and moves.
 * Without it the benchmark would have nothing to measure.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";

/** Answers with the number it was asked: all the work is the way there and back. */
export const Echo = defineActor({
  name: "echo",
  module: import.meta.url,
  state: z.object({ handled: z.int() }),
  init: () => ({ handled: 0 }),
})
  .on("echo", { input: z.object({ n: z.int() }), output: z.int() }, (state, { n }) => {
    state.handled++;
    return n;
  })
  .on("handled", { output: z.int() }, (state) => state.handled)
  .event("counted", z.object({ n: z.int() }))
  .on("emit", { input: z.object({ count: z.int() }) }, (_, { count }, ctx) => {
    for (let n = 0; n < count; n++) ctx.emit("counted", { n });
  })
  .stream("numbers", { input: z.object({ count: z.int() }), item: z.int() }, function* (_, { count }) {
    for (let n = 0; n < count; n++) yield n;
  });
