/*
 * Big: many actors, each pings others by chance and waits for the pong. Measures many-to-many messages.
 * Without it a route between two actors that seldom write to each other would not be walked.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { program } from "./program.js";
import { startAll } from "./start-all.js";
import { untilReply } from "./until-reply.js";

/** Whom the actor `index` of `actors` pings for the `n`th time: any but itself. */
function targetOf(index: number, n: number, actors: number): number {
  const other = draw(index, n) % (actors - 1);
  return other < index ? other : other + 1;
}

const idOf = (index: number): string => `big-${index}`;

/** Counts the actors that have had all their pongs. */
export const Sink = defineActor({
  name: "sink",
  module: import.meta.url,
  args: z.object({ actors: z.int() }),
  state: z.object({ open: z.int() }),
  init: ({ actors }) => ({ open: actors }),
})
  .on("finished", {}, (state) => void state.open--)
  .on("done", { output: z.literal(true).optional() }, ({ open }) => (open === 0 ? true : undefined));

/** Pings one other at a time, and answers all. So no more messages are under way than there are actors. */
export const Big = defineActor({
  name: "big",
  module: import.meta.url,
  args: z.object({ index: z.int(), actors: z.int(), pings: z.int(), sink: z.string() }),
  state: z.object({ index: z.int(), actors: z.int(), pings: z.int(), sink: z.string(), sent: z.int(), received: z.int() }),
  init: (args) => ({ ...args, sent: 0, received: 0 }),
})
  .on("ping", {}, (state, _input, ctx) => {
    state.received++;
    ctx.ref(Big, ctx.sender ?? "").tell("pong");
  })
  .on("pong", {}, (state, _input, ctx) => {
    const { index, actors, pings, sent, sink } = state;
    if (sent === pings) {
      ctx.ref(Sink, sink).tell("finished");
      return;
    }
    ctx.ref(Big, idOf(targetOf(index, sent, actors))).tell("ping");
    state.sent++;
  })
  .on("received", { output: z.int() }, ({ received }) => received);

/** How many pings each actor had: it follows from what was drawn. */
export const big = program({
  name: "big",
  actors: [Sink, Big],
  sizes: { small: { actors: 40, pings: 100 }, full: { actors: 120, pings: 1_500 } },
  expected({ actors, pings }) {
    const received = new Array<number>(actors).fill(0);
    for (let index = 0; index < actors; index++)
      for (let n = 0; n < pings; n++) {
        const target = targetOf(index, n, actors);
        received[target] = (received[target] ?? 0) + 1;
      }
    return received;
  },
  async run(hub, { actors, pings }) {
    const sink = await hub.start(Sink, { id: "sink", args: { actors } });
    const options = Array.from({ length: actors }, (_, index) => ({
      id: idOf(index),
      args: { index, actors, pings, sink: sink.id },
    }));
    const all = await startAll(hub, Big, options);
    for (const one of all) one.tell("pong");
    await untilReply(() => sink.ask("done"));
    return Promise.all(all.map((one) => one.ask("received")));
  },
});
