/*
 * The actor of the campaign that works beside its mailbox: tasks by key, messages that do not wait for slow ones, and what they pass on.
 * Without it no life would have a task or a concurrent handler in hand while its actor moves, dies or ends.
 */
import { defineActor } from "@process-hub/actor";
import { z } from "zod";
import { type ActorWorld, plainWorld } from "../world.js";

const Entry = z.strictObject({ n: z.int() });
const Forge = Entry.extend({ key: z.string(), ms: z.number(), fails: z.boolean() });

/** A smith, for those who write to it. */
export const Smith = smith(plainWorld);

/** The same actor in a world. */
export function smith(world: ActorWorld) {
  return defineActor({
    name: "smith",
    module: import.meta.url,
    onError: world.onError,
    state: z.strictObject({ count: z.int(), polished: z.int() }),
    init: (_, ctx) => {
      const first = { count: 0, polished: 0 };
      const begun = world.begins(ctx);
      return begun === undefined ? first : begun.then(() => first);
    },
  })
    .on("forge", { input: Forge }, (state, { n, key, ms, fails }, ctx) => {
      state.count++;
      const work = async (): Promise<number> => {
        await world.takes(ms, ctx);
        if (fails) throw new RangeError("cracked");
        return n;
      };
      world.tells(ctx, "forges", { n, key, fails, deadline: ctx.deadlineAtMs ?? -1 });
      ctx.task(key, work, { done: "forged", failed: "spoiled" });
    })
    .on("forged", { input: z.int() }, (state, n, ctx) => {
      state.count++;
      world.tells(ctx, "taskEnds", { n, of: ctx.context.n, code: "done" });
    })
    .on("spoiled", { input: z.instanceof(Error) }, (state, error, ctx) => {
      state.count++;
      const code = error instanceof RangeError ? error.message : (error as Error & { readonly code?: unknown }).code;
      world.tells(ctx, "taskEnds", { n: ctx.context.n, of: ctx.context.n, code: String(code) });
    })
    .on("quench", { input: Entry.extend({ key: z.string() }) }, (state, { key }, ctx) => {
      state.count++;
      world.tells(ctx, "quenches", { key, had: ctx.abort(key) });
    })
    .on("hammer", { input: Entry.extend({ ms: z.number() }) }, async (state, { ms }, ctx) => {
      await world.takes(ms, ctx);
      state.count++;
    })
    .on("glance", { input: Entry, output: z.int(), concurrent: true }, (state) => state.polished)
    .on(
      "polish",
      { input: Entry.extend({ ms: z.number() }), output: z.int(), concurrent: "mutates" },
      async (state, { ms }, ctx) => {
        await world.takes(ms, ctx);
        return ++state.polished;
      },
    )
    .on("note", { input: Entry, output: z.int() }, (state) => ++state.count)
    .on("retire", {}, (_, __, ctx) => ctx.stopSelf("as asked"))
    .on("fail", {}, () => {
      throw new RangeError("as asked");
    });
}
