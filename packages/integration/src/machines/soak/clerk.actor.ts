/*
 * The actor of the soak: its state depends on the order of all messages, it ticks, and it begins only while its store is there.
 * Without it lost or reordered messages, duplicates that no registry names, and starts that fail would go unnoticed.
 */
import { existsSync } from "node:fs";
import { realRandom } from "@process-hub/protocol";
import type { ActorContext } from "process-hub/actor";
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { awayMark, began, type ClerkEvent, type ClerkState, enter, entered, State } from "./clerk-state.js";
import observer from "./thread-observer.js";

const Entry = z.strictObject({ n: z.int() });
const EntryTo = Entry.extend({ to: z.string() });

/** Takes an entry, and writes down which life took it: of several under one id, each has its own history. */
function take(state: ClerkState, n: number, { id, node }: ActorContext): void {
  enter(state, n);
  observer.event(node, entered, { id, life: state.life, n } satisfies ClerkEvent);
}

/** An actor whose state depends on every message and on their order, that talks to others of its kind, and whose clock ticks. */
export const Clerk = defineActor({
  name: "clerk",
  module: import.meta.url,
  onError: "restart",
  state: State,
  init: (_args, ctx) => {
    if (existsSync(awayMark(process.env.SOAK_FOLDER ?? "."))) throw new Error("the store is away");
    const life = realRandom.id();
    observer.event(ctx.node, began, { id: ctx.id, life } satisfies ClerkEvent);
    return { count: 0, sum: 0, life };
  },
})
  .on("note", { input: Entry, output: z.int() }, (state, { n }, ctx) => {
    take(state, n, ctx);
    return state.count;
  })
  .on("slowly", { input: Entry, output: z.int() }, async (state, { n }, ctx) => {
    take(state, n, ctx);
    await new Promise((resolve) => setTimeout(resolve, n % 5));
    return state.count;
  })
  .on("pass", { input: EntryTo }, (state, { n, to }, ctx) => {
    take(state, n, ctx);
    ctx.ref(Clerk, to).tell("note", { n });
  })
  .on("later", { input: Entry.extend({ delayMs: z.number() }) }, (state, { n, delayMs }, ctx) => {
    take(state, n, ctx);
    ctx.schedule(`later-${n % 3}`, delayMs, "note", { n });
  })
  .on("consult", { input: EntryTo, output: z.boolean() }, async (state, { n, to }, ctx) => {
    take(state, n, ctx);
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
