/*
 * An actor that ends its own worker thread.
 * Without it a thread could be killed only by ending its whole process.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";

/** Ends the thread it runs on, for `--kill-thread`. */
export const Saboteur = defineActor({
  name: "saboteur",
  module: import.meta.url,
  state: z.object({}),
  init: () => ({}),
}).on("strike", {}, () => {
  // In a worker this ends the thread, not the process: no handler, no message and no buffer of it runs on.
  // A few milliseconds later, so that it falls into the midst of the work that has come meanwhile.
  setTimeout(() => process.exit(13), 5);
});
