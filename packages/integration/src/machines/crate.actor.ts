/*
 * An actor with a heavy state, which can also block its thread.
 * Without it moves between processes would be tested with tiny states alone.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";

/** An actor whose state can be large, and whose handler can block its thread. */
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
    // The thread computes for this long, and takes in no message.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
  });
