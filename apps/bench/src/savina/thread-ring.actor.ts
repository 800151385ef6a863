/*
 * Thread ring: a token that goes round a ring of actors. Measures how soon a message wakes an actor when nothing else happens.
 * Without it a wake-up that comes late, or not at all, would hide under load.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { program } from "./program.js";
import { startAll } from "./start-all.js";
import { untilReply } from "./until-reply.js";

/** One of the ring: passes the token on; the one that has it at the end tells the first. */
export const RingNode = defineActor({
  name: "ring-node",
  module: import.meta.url,
  args: z.object({ next: z.string(), first: z.string() }),
  state: z.object({ next: z.string(), first: z.string(), seen: z.int(), endedAt: z.string().optional() }),
  init: ({ next, first }) => ({ next, first, seen: 0 }),
})
  .on("token", { input: z.int() }, (state, left, ctx) => {
    state.seen++;
    if (left > 0) ctx.ref(RingNode, state.next).tell("token", left - 1);
    else ctx.ref(RingNode, state.first).tell("ended", ctx.id);
  })
  .on("ended", { input: z.string() }, (state, at) => {
    state.endedAt = at;
  })
  .on("endedAt", { output: z.string().optional() }, ({ endedAt }) => endedAt)
  .on("seen", { output: z.int() }, ({ seen }) => seen);

/** Where the token ended, and how often each actor had it. */
export const threadRing = program({
  name: "thread-ring",
  actors: [RingNode],
  sizes: { small: { actors: 50, hops: 2_000 }, full: { actors: 100, hops: 100_000 } },
  expected: ({ actors, hops }) => ({
    endedAt: `ring-${hops % actors}`,
    seen: Array.from({ length: actors }, (_, index) => Math.floor((hops - index) / actors) + 1),
  }),
  async run(hub, { actors, hops }) {
    const idOf = (index: number): string => `ring-${index % actors}`;
    const options = Array.from({ length: actors }, (_, i) => ({ id: idOf(i), args: { next: idOf(i + 1), first: idOf(0) } }));
    const ring = await startAll(hub, RingNode, options);
    const first = hub.ref(RingNode, idOf(0));
    first.tell("token", hops);
    const endedAt = await untilReply(() => first.ask("endedAt"));
    return { endedAt, seen: await Promise.all(ring.map((node) => node.ask("seen"))) };
  },
});
