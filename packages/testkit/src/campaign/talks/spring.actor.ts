/*
 * The actor of the campaign that streams numbers: to users, and to others of its kind.
 * Without it no life would have a stream open while its actor moves, dies or ends, or its reader does.
 */
import { defineActor } from "@process-hub/actor";
import { z } from "zod";
import { type ActorWorld, plainWorld } from "../world.js";
import { type Reading, read } from "./reading.js";

const Flow = z.strictObject({ n: z.int(), from: z.int(), to: z.int(), pauseMs: z.number() });

// After so many items a generator that takes its time does.
const itemsAtOnce = 8;

/** A spring, for those who read it. */
export const Spring = spring(plainWorld);

/** The same actor in a world. */
export function spring(world: ActorWorld) {
  const made = defineActor({
    name: "spring",
    module: import.meta.url,
    onError: world.onError,
    state: z.strictObject({ count: z.int() }),
    init: (_, ctx) => {
      const first = { count: 0 };
      const begun = world.begins(ctx);
      return begun === undefined ? first : begun.then(() => first);
    },
  })
    .stream("flow", { input: Flow, item: z.int() }, async function* (state, { n, from, to, pauseMs }, ctx) {
      state.count++;
      world.tells(ctx, "flowBegun", { n });
      let made = from;
      try {
        while (made < to) {
          if (pauseMs > 0 && made % itemsAtOnce === 0) await world.takes(pauseMs, ctx);
          yield made++;
        }
      } finally {
        world.tells(ctx, "flowEnded", { n, made, why: whyEnded(ctx.signal) });
      }
    })
    .stream("dry", { input: Flow, item: z.int() }, function* (_, { n, from, to }, ctx) {
      world.tells(ctx, "flowBegun", { n });
      let made = from;
      try {
        while (made < to) yield made++;
        throw new RangeError("dry");
      } finally {
        world.tells(ctx, "flowEnded", { n, made, why: whyEnded(ctx.signal) });
      }
    })
    .on("note", { input: z.strictObject({ n: z.int() }), output: z.int() }, (state) => ++state.count)
    .on(
      "draw",
      { input: Flow.extend({ at: z.string(), take: z.int() }), output: z.custom<Reading>() },
      (state, { at, take, ...flow }, ctx): Promise<Reading> => {
        state.count++;
        return read(ctx.ref(made, at), "flow", flow, { take, pause: async () => {} });
      },
    )
    .on("retire", {}, (_, __, ctx) => ctx.stopSelf("as asked"))
    .on("fail", {}, () => {
      throw new RangeError("as asked");
    });
  return made;
}

/** The code of the reason for which a generator was to end; "none": it was not. */
function whyEnded({ aborted, reason }: AbortSignal): string {
  return aborted ? (reason as { readonly code: string }).code : "none";
}
