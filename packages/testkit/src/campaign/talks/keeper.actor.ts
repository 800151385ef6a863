/*
 * The actors of the campaign that watch others and have children: a keeper is told of each ward that is gone, and its linked wards end with it.
 * Without it no life would have a watch or a link while one of the two moves, dies or ends.
 */
import { child, defineActor, type Gone } from "@process-hub/actor";
import { z } from "zod";
import { type ActorWorld, plainWorld } from "../world.js";

const Entry = z.strictObject({ n: z.int() });

/** A ward, for those who write to it. */
export const Ward = ward(plainWorld);

/** A keeper, for those who write to it. */
export const Keeper = keeper(plainWorld);

/** Whom a keeper watches, in a world. */
export function ward(world: ActorWorld) {
  return defineActor({
    name: "ward",
    module: import.meta.url,
    onError: world.onError,
    state: z.strictObject({ count: z.int() }),
    init: (_, ctx) => {
      const first = { count: 0 };
      const begun = world.begins(ctx);
      return begun === undefined ? first : begun.then(() => first);
    },
  })
    .on("note", { input: Entry, output: z.int() }, (state) => ++state.count)
    .on("retire", {}, (_, __, ctx) => ctx.stopSelf("as asked"))
    .on("fail", {}, () => {
      throw new RangeError("as asked");
    });
}

/** Who watches wards, in a world. */
export function keeper(world: ActorWorld) {
  return defineActor({
    name: "keeper",
    module: import.meta.url,
    onError: world.onError,
    state: z.strictObject({ count: z.int(), watching: z.array(z.string()) }),
    init: (_, ctx) => {
      const first = { count: 0, watching: [] };
      const begun = world.begins(ctx);
      return begun === undefined ? first : begun.then(() => first);
    },
  })
    .on("watch", { input: Entry.extend({ to: z.string() }) }, (state, { to }, ctx) => {
      state.count++;
      ctx.watch(ctx.ref(Ward, to), "gone");
      if (!state.watching.includes(to)) state.watching.push(to);
    })
    .on("unwatch", { input: Entry.extend({ to: z.string() }) }, (state, { to }, ctx) => {
      state.count++;
      ctx.unwatch({ id: to });
      state.watching = state.watching.filter((id) => id !== to);
    })
    .on("gone", { input: z.custom<Gone>() }, (state, { id, reason }, ctx) => {
      state.count++;
      state.watching = state.watching.filter((other) => other !== id);
      world.tells(ctx, "heardGone", { to: id, reason });
    })
    .on("raise", { input: Entry.extend({ ids: z.array(z.string()) }), output: z.int() }, async (state, { ids }, ctx) => {
      state.count++;
      const { started } = await ctx.startAll(ids.map((id) => child(Ward, { id, linked: true })));
      return started.length;
    })
    .on("watching", { output: z.array(z.string()) }, ({ watching }) => watching)
    .on("note", { input: Entry, output: z.int() }, (state) => ++state.count)
    .on("retire", {}, (_, __, ctx) => ctx.stopSelf("as asked"))
    .on("fail", {}, () => {
      throw new RangeError("as asked");
    });
}
