/*
 * Fork-join, creation: many actors that do one piece of work each and end. Measures starts and ends.
 * Without it an actor that outlives its work, or ends before it, would not be seen.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { withInFlight } from "../rounds.js";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";
import { untilReply } from "./until-reply.js";

/** Works once, and ends. */
export const Mayfly = defineActor({
  name: "mayfly",
  module: import.meta.url,
  args: z.object({ index: z.int() }),
  state: z.object({ index: z.int() }),
  init: ({ index }) => ({ index }),
}).on("work", { output: z.int() }, ({ index }, _input, ctx) => {
  ctx.stopSelf("worked");
  return draw(7, index);
});

/** Starts so many, some at a time, and sums up what they reply. */
export const Forker = defineActor({ name: "forker", module: import.meta.url, state: z.object({}), init: () => ({}) }).on(
  "fork",
  { input: z.object({ count: z.int(), inFlight: z.int() }), output: z.int() },
  async (_state, { count, inFlight }, ctx) => {
    let total = 0;
    await withInFlight(count, inFlight, async (index) => {
      const mayfly = await ctx.start(Mayfly, { id: `mayfly-${index}`, args: { index } });
      const worked = await mayfly.ask("work");
      total += worked;
    });
    return total;
  },
);

/** The sum of the replies, and the actors that are left: the forker alone. */
export const forkJoinCreation = program({
  name: "fork-join-creation",
  actors: [Mayfly, Forker],
  sizes: { small: { count: 1_000 }, full: { count: 20_000 } },
  expected: ({ count }) => {
    let total = 0;
    for (let index = 0; index < count; index++) total += draw(7, index);
    return { total, left: ["forker"] };
  },
  async run(hub, { count }) {
    const forker = await hub.start(Forker, { id: "forker" });
    const total = await forker.ask("fork", { count, inFlight: 256 }, patient);
    const left = await untilReply(async () => {
      const ids = hub.list("local").map(({ id }) => id);
      return ids.length === 1 ? ids : undefined;
    });
    return { total, left };
  },
});
