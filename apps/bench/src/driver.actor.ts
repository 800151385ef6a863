/*
 * The actor that talks to the others of its own thread.
 * Without it the way of a message that never leaves its thread could not be measured alone.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { Echo } from "./echo.actor.js";
import { withInFlight } from "./rounds.js";
import { verify } from "./verify.js";

const Work = z.object({ count: z.int(), actors: z.int() });

/** Asks, or tells, the echoes of its thread; what it resolves with is verified. */
export const Driver = defineActor({ name: "driver", module: import.meta.url, state: z.object({}), init: () => ({}) })
  .on("asks", { input: Work }, async (_, { count, actors }, ctx) => {
    const refs = Array.from({ length: actors }, (_each, i) => ctx.ref(Echo, `echo-${i}`));
    await withInFlight(count, actors, async (n) => verify(await refs[n % actors]?.ask("echo", { n }), n));
  })
  .on("tells", { input: Work }, async (_, { count, actors }, ctx) => {
    const refs = Array.from({ length: actors }, (_each, i) => ctx.ref(Echo, `echo-${i}`));
    const handled = async (): Promise<number> => {
      const each = await Promise.all(refs.map((ref) => ref.ask("handled")));
      return each.reduce((sum, one) => sum + one, 0);
    };
    const before = await handled();
    for (let n = 0; n < count; n++) if (refs[n % actors]?.tell("echo", { n }) === false) await ctx.ready();
    verify((await handled()) - before, count);
  });
