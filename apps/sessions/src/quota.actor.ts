/*
 * How many prompts a user has left today.
 * Without it one user could keep the model busy for all others.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";

const perDay = Number(process.env.PROMPTS_PER_DAY ?? 100);
const night = process.env.NIGHT ?? "0 3 * * *";

/** One user's quota; its id is the user's, so let nobody choose it. Each night it is whole again; its timer keeps it for good. */
export const Quota = defineActor({
  name: "quota",
  module: import.meta.url,
  state: z.object({ left: z.int() }),
  init: (_, ctx) => {
    ctx.cron("night", night, "renew", undefined, { timeZone: "UTC" });
    return { left: perDay };
  },
  autoStart: () => undefined,
})
  .on("take", { output: z.boolean() }, (state) => state.left > 0 && state.left-- > 0)
  .on("renew", {}, (state) => void (state.left = perDay));
