/*
 * The actor of the campaign that puts its answers off: its askers wait, in order, until it is told to serve some.
 * Without it no life would owe an answer while its actor moves, dies or ends, or its asker gives up.
 */
import { defineActor } from "@process-hub/actor";
import { z } from "zod";
import { type ActorWorld, plainWorld } from "../world.js";

const Entry = z.strictObject({ n: z.int() });
/** One who waits. */
const Asker = Entry.extend({ token: z.string() });

/** How long a desk waits at another one, in ms. */
export const relayMs = 1_500;

/** A desk, for those who ask it. */
export const Desk = desk(plainWorld);

/** The same actor in a world. */
export function desk(world: ActorWorld) {
  const made = defineActor({
    name: "desk",
    module: import.meta.url,
    onError: world.onError,
    state: z.strictObject({ count: z.int(), waiting: z.array(Asker) }),
    init: (_, ctx) => {
      const first = { count: 0, waiting: [] };
      const begun = world.begins(ctx);
      return begun === undefined ? first : begun.then(() => first);
    },
  })
    .on("wait", { input: Entry, output: z.int() }, (state, { n }, ctx) => {
      state.count++;
      const token = ctx.replyLater();
      state.waiting.push({ n, token });
      world.tells(ctx, "owes", { n });
      return token;
    })
    .on("waitBadly", { input: Entry, output: z.int() }, (_, __, ctx) => {
      ctx.replyLater();
      throw new RangeError("badly");
    })
    .on("serve", { input: Entry.extend({ many: z.int(), refuses: z.boolean() }) }, (state, { many, refuses }, ctx) => {
      state.count++;
      for (const { n, token } of state.waiting.splice(0, many)) {
        const given = refuses ? ctx.refuse(token, new RangeError("no more today")) : ctx.reply(token, n);
        const again = ctx.reply(token, -n);
        world.tells(ctx, "served", { n, refuses, given, again });
      }
    })
    .on("relay", { input: Entry.extend({ to: z.string() }), output: z.int() }, async (state, { n, to }, ctx): Promise<number> => {
      state.count++;
      return ctx
        .ref(made, to)
        .ask("wait", { n }, { timeoutMs: relayMs })
        .catch(() => -1);
    })
    .on("note", { input: Entry, output: z.int() }, (state) => ++state.count)
    .on("retire", {}, (_, __, ctx) => ctx.stopSelf("as asked"))
    .on("fail", {}, () => {
      throw new RangeError("as asked");
    })
    .lifecycle({
      resumed: ({ waiting }, ctx, why) => {
        if (waiting.length > 0) world.goesOnOwing(ctx, why);
      },
    });
  return made;
}
