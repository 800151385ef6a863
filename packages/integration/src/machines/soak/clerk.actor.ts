/*
 * The actor of the soak: its state depends on the order of all messages, it ticks, and it begins only while its store is there.
 * Without it lost or reordered messages, duplicates that no registry names, and starts that fail would go unnoticed.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineActor } from "process-hub/actor";
import { z } from "zod";

const Entry = z.strictObject({ n: z.int() });
const EntryTo = Entry.extend({ to: z.string() });
const State = z.strictObject({ count: z.int(), sum: z.int(), bornEpoch: z.int() });

/** The state of a clerk: its number of entries, a sum that depends on their order, and the epoch in which it began. */
export type ClerkState = z.infer<typeof State>;

/** Adds an entry to a state. */
export function entered(state: ClerkState, n: number): void {
  state.count++;
  state.sum = (Math.imul(state.sum, 31) + n) | 0;
}

/** The file in the folder of a soak that is there while no clerk can begin. */
export function awayMark(folder: string): string {
  return join(folder, "store-away");
}

/** An actor whose state depends on every message and on their order, that talks to others of its kind, and whose clock ticks. */
export const Clerk = defineActor({
  name: "clerk",
  module: import.meta.url,
  state: State,
  init: (_args, ctx) => {
    if (existsSync(awayMark(process.env.SOAK_FOLDER ?? "."))) throw new Error("the store is away");
    return { count: 0, sum: 0, bornEpoch: ctx.epoch };
  },
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
  .on("fail", {}, () => {
    throw new Error("as asked");
  })
  // A duplicate that nobody knows of is found by its ticks. They are numbered from the beginning of each life, so those of two lives differ.
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
