/*
 * A cart as build 1 of the deploy drill has it.
 * Without it the drill would have no older build to come from, and to go back to.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";

/** Build 1: a count, and the message `total`, which build 2 has no more. */
export const Cart1 = defineActor({
  name: "cart",
  module: import.meta.url,
  state: z.object({ items: z.int() }),
  init: () => ({ items: 0 }),
})
  .on("add", { output: z.int() }, (state) => ++state.items)
  .on("read", {}, (state) => state)
  .on("total", { output: z.int() }, (state) => state.items);
