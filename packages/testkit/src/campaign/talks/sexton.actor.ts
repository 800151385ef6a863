/*
 * The actor of the campaign that works by the clock, and passes errands on: timers of every kind, and what travels with an ask.
 * Without it no life would have a timer that repeats, or a deadline and a context over several actors.
 */
import { defineActor } from "@process-hub/actor";
import { z } from "zod";
import { type ActorWorld, plainWorld } from "../world.js";

const Entry = z.strictObject({ n: z.int() });
const Keyed = Entry.extend({ key: z.string() });

/** How often the times of a cron expression of the campaign come, in ms. */
export const cronMs = 2_000;

/** A sexton, for those who write to it. */
export const Sexton = sexton(plainWorld);

/** The same actor in a world. */
export function sexton(world: ActorWorld) {
  const made = defineActor({
    name: "sexton",
    module: import.meta.url,
    onError: world.onError,
    state: z.strictObject({ count: z.int(), keys: z.record(z.string(), z.int()) }),
    init: (_, ctx) => {
      const first = { count: 0, keys: {} };
      const begun = world.begins(ctx);
      return begun === undefined ? first : begun.then(() => first);
    },
  })
    .on("every", { input: Keyed.extend({ everyMs: z.number() }) }, (state, { n, key, everyMs }, ctx) => {
      state.keys[key] = n;
      ctx.every(key, everyMs, "tick", { n, key });
      world.tells(ctx, "sets", { n, everyMs });
    })
    .on("cron", { input: Keyed }, (state, { n, key }, ctx) => {
      state.keys[key] = n;
      ctx.cron(key, `*/${cronMs / 1_000} * * * * *`, "tick", { n, key }, { timeZone: "UTC" });
      world.tells(ctx, "sets", { n, everyMs: cronMs });
    })
    .on("at", { input: Entry.extend({ delayMs: z.number() }) }, (state, { n, delayMs }, ctx) => {
      state.count++;
      ctx.scheduleAt(`at-${n}`, ctx.now() + delayMs, "tick", { n, key: "" });
      world.tells(ctx, "sets", { n, delayMs });
    })
    .on("hush", { input: Entry }, (state, _, ctx) => {
      for (const key of Object.keys(state.keys)) ctx.cancel(key);
      state.keys = {};
    })
    .on("tick", { input: Keyed }, (state, { n }, ctx) => {
      state.count++;
      world.tells(ctx, "ticks", { n });
    })
    .on("keys", { output: z.record(z.string(), z.int()) }, ({ keys }) => keys)
    .on(
      "errand",
      { input: Entry.extend({ by: z.array(z.string()) }), output: z.int() },
      async (state, { n, by }, ctx): Promise<number> => {
        state.count++;
        const leftMs = (ctx.deadlineAtMs ?? Number.POSITIVE_INFINITY) - ctx.now();
        world.tells(ctx, "errand", { n, hops: by.length, context: ctx.context.n ?? -1, leftMs });
        const [next, ...others] = by;
        if (next === undefined) return 0;
        const went = await ctx
          .ref(made, next)
          .ask("errand", { n, by: others }, { timeoutMs: 60_000 })
          .catch(() => -1);
        return went + 1;
      },
    )
    .on("note", { input: Entry, output: z.int() }, (state) => ++state.count)
    .on("retire", {}, (_, __, ctx) => ctx.stopSelf("as asked"))
    .on("fail", {}, () => {
      throw new RangeError("as asked");
    });
  return made;
}
