import { defineActor } from "process-hub/actor";
import { z } from "zod";

/** Can be heavy, and can be in the way of its thread. */
export const Crate = defineActor({
  name: "crate",
  module: import.meta.url,
  state: z.object({ load: z.string(), taken: z.int() }),
  init: () => ({ load: "", taken: 0 }),
})
  .on("fill", { input: z.object({ bytes: z.int() }) }, (state, { bytes }) => {
    state.load = "x".repeat(bytes);
  })
  .on("take", { input: z.object({ load: z.string() }) }, (state, { load }) => {
    state.taken += load.length;
  })
  .on("give", { input: z.object({ bytes: z.int() }), output: z.string() }, (_state, { bytes }) => "x".repeat(bytes))
  .on("weight", { output: z.object({ load: z.int(), taken: z.int() }) }, (state) => ({
    load: state.load.length,
    taken: state.taken,
  }))
  .on("block", { input: z.object({ forMs: z.number() }) }, (_state, { forMs }) => {
    // A thread that computes for so long, and hears nobody.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
  });
