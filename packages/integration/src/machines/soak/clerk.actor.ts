import { defineActor } from "process-hub/actor";
import { z } from "zod";

const Entry = z.strictObject({ n: z.int() });
const EntryTo = Entry.extend({ to: z.string() });
const State = z.strictObject({ count: z.int(), sum: z.int(), bornEpoch: z.int() });

/** What a clerk knows: how many entries it has had, a sum that depends on their order, and the epoch in which it began. */
export type ClerkState = z.infer<typeof State>;

/** One more entry. */
export function entered(state: ClerkState, n: number): void {
  state.count++;
  state.sum = (Math.imul(state.sum, 31) + n) | 0;
}

/** An actor whose state depends on every message and on their order, that talks to others of its kind, and whose clock ticks. */
export const Clerk = defineActor({
  name: "clerk",
  module: import.meta.url,
  state: State,
  init: (_args, ctx) => ({ count: 0, sum: 0, bornEpoch: ctx.epoch }),
})
  .on("note", { input: Entry, output: z.int() }, (state, { n }) => {
    entered(state, n);
    return state.count;
  })
  .on("slowly", { input: Entry, output: z.int() }, async (state, { n }) => {
    entered(state, n);
    await new Promise((resolve) => setTimeout(resolve, n % 5));
    return state.count;
  })
  .on("pass", { input: EntryTo }, (state, { n, to }, ctx) => {
    entered(state, n);
    ctx.ref(Clerk, to).tell("note", { n });
  })
  .on("later", { input: Entry.extend({ delayMs: z.number() }) }, (state, { n, delayMs }, ctx) => {
    entered(state, n);
    ctx.schedule(`later-${n % 3}`, delayMs, "note", { n });
  })
  .on("consult", { input: EntryTo, output: z.boolean() }, async (state, { n, to }, ctx) => {
    entered(state, n);
    try {
      await ctx.ref(Clerk, to).ask("note", { n }, { timeoutMs: 2_000 });
      return true;
    } catch {
      return false;
    }
  })
  // A copy that nobody knows of is heard by its ticks. They are numbered, from each life's own beginning: those of two copies differ.
  .on("tick", { input: Entry }, (_state, { n }, ctx): void => ctx.schedule("tick", 500, "tick", { n: n + 1 }))
  .on(
    "read",
    { output: z.object({ state: State, node: z.string(), thread: z.int(), epoch: z.int() }) },
    (state, _input, ctx) => ({
      state,
      node: ctx.node,
      thread: ctx.thread,
      epoch: ctx.epoch,
    }),
  )
  .lifecycle({ started: (_state, ctx): void => void ctx.schedule("tick", 500, "tick", { n: ctx.epoch * 10_000 }) });
