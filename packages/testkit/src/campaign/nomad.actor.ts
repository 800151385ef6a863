/*
 * The actor of the campaign that some nodes have, and not in one version: it says where it begins and goes on, and with which state.
 * Without it no life would have nodes of different builds, and nobody would see that a state was dropped on its way between two of them.
 */
import { defineActor } from "@process-hub/actor";
import { z } from "zod";
import { type ActorWorld, plainWorld } from "./world.js";

/** What a node may have of the kind: its first version; the second, with a way back or without one. */
export const nomadBuilds = ["nomad:1", "nomad:2", "nomad:2-only"] as const;
export type NomadBuild = (typeof nomadBuilds)[number];

const Note = z.strictObject({ n: z.int() });
const Sheet = z.strictObject({ count: z.int(), sum: z.int() });
/** What the second version adds to a state. */
const title = "untitled";

/** A nomad, for those who write to it. */
export const Nomad = nomad(plainWorld, "nomad:1");

/** The same actor in a world, as a build has it. */
export function nomad(world: ActorWorld, build: NomadBuild) {
  const named = z.strictObject({ ...Sheet.shape, title: z.string() });
  type Named = z.infer<typeof named>;
  const isFirst = build === "nomad:1";
  const made = defineActor({
    name: "nomad",
    module: import.meta.url,
    version: isFirst ? 1 : 2,
    ...(isFirst
      ? {}
      : {
          upgrade: {
            1: (state: unknown) => {
              world.step("upgrade");
              return { ...(state as object), title };
            },
          },
        }),
    ...(build === "nomad:2"
      ? {
          downgrade: {
            2: (state: unknown) => {
              world.step("downgrade");
              const { title: _, ...first } = state as Named;
              return first;
            },
          },
        }
      : {}),
    state: (isFirst ? Sheet : named) as z.ZodType<z.infer<typeof Sheet>>,
    init: (_, ctx) => {
      const first = { count: 0, sum: 0, ...(isFirst ? {} : { title }) };
      const begins = (): typeof first => {
        if (ctx.mode === "active") world.announces(ctx, "begun", first);
        return first;
      };
      const begun = world.begins(ctx);
      return begun === undefined ? begins() : begun.then(begins);
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
    .lifecycle({ resumed: (state, ctx, why) => world.announces(ctx, why, state) });
  return made;
}
