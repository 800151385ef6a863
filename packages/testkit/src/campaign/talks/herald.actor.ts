/*
 * The actor of the campaign that emits events: each with a payload that no other has.
 * Without it no life would have events on their way while their actor moves, dies or ends, or who listens does.
 */
import { defineActor } from "@process-hub/actor";
import { z } from "zod";
import { type ActorWorld, plainWorld } from "../world.js";

const Entry = z.strictObject({ n: z.int() });

/** So many events of a herald are kept. */
export const heraldKeeps = 25;

/** A herald, for those who listen. */
export const Herald = herald(plainWorld);

/** The payload of the `index`th event of a message. */
export function cryOf(n: number, index: number): number {
  return n * 10_000 + index;
}

/** The same actor in a world. */
export function herald(world: ActorWorld) {
  return defineActor({
    name: "herald",
    module: import.meta.url,
    onError: world.onError,
    state: z.strictObject({ count: z.int() }),
    init: (_, ctx) => {
      const first = { count: 0 };
      const begun = world.begins(ctx);
      return begun === undefined ? first : begun.then(() => first);
    },
  })
    .event("cry", z.strictObject({ k: z.int() }), { keep: heraldKeeps })
    .on("proclaim", { input: Entry.extend({ times: z.int() }), output: z.int() }, (state, { n, times }, ctx) => {
      state.count++;
      let last = 0;
      for (let index = 0; index < times; index++) last = ctx.emit("cry", { k: cryOf(n, index) });
      world.tells(ctx, "proclaimed", { n, times, last });
      return last;
    })
    .on("note", { input: Entry, output: z.int() }, (state) => ++state.count)
    .on("retire", {}, (_, __, ctx) => ctx.stopSelf("as asked"))
    .on("fail", {}, () => {
      throw new RangeError("as asked");
    });
}
