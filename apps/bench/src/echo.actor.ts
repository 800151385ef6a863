import { defineActor } from "process-hub/actor";
import { z } from "zod";

/** Answers what it is asked: the work is the way there and back. */
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
  .on("handled", { output: z.int() }, (state) => state.handled);
