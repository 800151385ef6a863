/*
 * The actor of the campaign of which there is one on each node that lists it.
 * Without it no life would have actors that belong to their node, and end and begin with it.
 */
import { defineActor } from "@process-hub/actor";
import { z } from "zod";

/** An actor of which each node that lists it has one. */
export const Warden = defineActor({
  name: "warden",
  module: import.meta.url,
  placement: "node",
  state: z.strictObject({ count: z.int(), sum: z.int() }),
  // A node does not come up without its own actors: one that fails would end it.
  init: () => ({ count: 0, sum: 0 }),
}).on("note", { input: z.strictObject({ n: z.int() }), output: z.int() }, (state, { n }) => {
  state.sum = (Math.imul(state.sum, 31) + n) | 0;
  return ++state.count;
});
