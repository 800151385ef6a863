/*
 * The actor of the campaign that its first message starts, and that ends when nothing happens to it.
 * Without it no life would have starts, ends, moves and deaths of one actor meet the mail for it.
 */
import { defineActor } from "@process-hub/actor";
import { z } from "zod";
import { type ActorWorld, plainWorld } from "./world.js";

/** How long nothing may happen to a guest before it ends. */
export const guestIdleMs = 300;

const Note = z.strictObject({ n: z.int() });

/** A guest, for those who write to it. */
export const Guest = guest(plainWorld);

/** The same actor in a world. */
export function guest(world: ActorWorld) {
  const made = defineActor({
    name: "guest",
    module: import.meta.url,
    onError: world.onError,
    state: z.strictObject({ count: z.int(), sum: z.int() }),
    autoStart: () => undefined,
    idleAfterMs: guestIdleMs,
    init: (_, ctx) => {
      const first = { count: 0, sum: 0 };
      const begun = world.begins(ctx);
      return begun === undefined ? first : begun.then(() => first);
    },
  })
    .on("note", { input: Note, output: z.int() }, (state, { n }) => {
      state.sum = (Math.imul(state.sum, 31) + n) | 0;
      return ++state.count;
    })
    .on("visit", { input: Note.extend({ to: z.string() }) }, (state, { n, to }, ctx) => {
      state.count++;
      ctx.ref(made, to).tell("note", { n });
    })
    .on("later", { input: Note.extend({ delayMs: z.number() }) }, (state, { n, delayMs }, ctx) => {
      state.count++;
      ctx.schedule("later", delayMs, "note", { n });
    })
    .on("retire", {}, (_, __, ctx) => ctx.stopSelf("as asked"))
    .lifecycle({
      stopping: async (_, __, ctx) => {
        await world.takes(40 * world.share(), ctx);
      },
    });
  return made;
}
