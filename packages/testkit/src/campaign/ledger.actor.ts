/*
 * The actor of the campaign: its state depends on every message and on their order.
 * Without it a message that is lost, doubled or out of order would leave no trace in any state.
 */
import { defineActor } from "@process-hub/actor";
import { z } from "zod";

const Entry = z.strictObject({ n: z.int() });
const EntryTo = Entry.extend({ to: z.string() });

/** An actor whose state depends on every message and on their order; it talks to others of its kind, and starts and ends some. */
export const Ledger = defineActor({
  name: "ledger",
  module: import.meta.url,
  state: z.strictObject({ count: z.int(), sum: z.int() }),
  init: () => ({ count: 0, sum: 0 }),
})
  .on("note", { input: Entry, output: z.int() }, (state, { n }) => {
    state.count++;
    state.sum = (Math.imul(state.sum, 31) + n) | 0;
    return state.count;
  })
  .on("slowly", { input: Entry, output: z.int() }, async (state, { n }) => {
    for (let turn = 0; turn < n % 7; turn++) await Promise.resolve();
    state.sum = (Math.imul(state.sum, 31) - n) | 0;
    return ++state.count;
  })
  .on("pass", { input: EntryTo }, (state, { n, to }, ctx) => {
    state.count++;
    ctx.ref(Ledger, to).tell("note", { n });
  })
  .on("consult", { input: EntryTo, output: z.boolean() }, async (state, { n, to }, ctx) => {
    state.count++;
    try {
      await ctx.ref(Ledger, to).ask("note", { n }, { timeoutMs: 2_000 });
      return true;
    } catch {
      return false;
    }
  })
  .on("later", { input: Entry.extend({ delayMs: z.number() }) }, (state, { n, delayMs }, ctx) => {
    state.count++;
    ctx.schedule(`later-${n % 3}`, delayMs, "note", { n });
  })
  .on("found", { input: EntryTo, output: z.boolean() }, async (state, { to }, ctx) => {
    state.count++;
    try {
      await ctx.start(Ledger, { id: to });
      return true;
    } catch {
      return false;
    }
  })
  .on("retire", {}, (_, __, ctx) => ctx.stopSelf("as asked"))
  .on("fail", {}, () => {
    throw new RangeError("as asked");
  });
