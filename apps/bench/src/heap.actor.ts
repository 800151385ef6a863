/*
 * An actor that measures the heap of its thread.
 * Without it only half of what an actor takes would be known: that on the main thread.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { collectedBytes } from "./collected.js";

/** Says how many bytes live in the heap of its thread. */
export const Heap = defineActor({ name: "heap", module: import.meta.url, state: z.object({}), init: () => ({}) }).on(
  "bytes",
  { output: z.number() },
  () => collectedBytes(),
);
