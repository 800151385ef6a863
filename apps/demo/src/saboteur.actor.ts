import { defineActor } from "process-hub/actor";
import { z } from "zod";

/** Brings down the thread it runs on, for `--kill-thread`. */
export const Saboteur = defineActor({
  name: "saboteur",
  module: import.meta.url,
  state: z.object({}),
  init: () => ({}),
}).on("strike", {}, () => {
  // In a worker this ends the thread, not the process: no handler, no message and no buffer of it runs on.
  process.exit(13);
});
