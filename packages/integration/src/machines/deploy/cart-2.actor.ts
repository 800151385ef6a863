/*
 * A cart as build 2 of the deploy drill has it, and a kind that build 1 does not have.
 * Without it the drill would restart one build, and deploy nothing.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";

/** Build 2: a required field more, the message `price`, and no `total`. */
export const Cart2 = defineActor({
  name: "cart",
  module: import.meta.url,
  version: 2,
  state: z.object({ items: z.int(), currency: z.string() }),
  init: () => ({ items: 0, currency: "EUR" }),
  upgrade: { 1: ({ items }) => ({ items, currency: "EUR" }) },
  downgrade: { 2: ({ items }) => ({ items }) },
})
  .on("add", { output: z.int() }, (state) => ++state.items)
  .on("read", {}, (state) => state)
  .on("price", { output: z.string() }, ({ items, currency }) => `${items} ${currency}`);

/** A kind of build 2 alone. */
export const Coupon = defineActor({
  name: "coupon",
  module: import.meta.url,
  state: z.object({ used: z.int() }),
  init: () => ({ used: 0 }),
}).on("use", { output: z.int() }, (state) => ++state.used);
