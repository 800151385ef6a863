/*
 * Ping-pong: two actors, one ask after the other. Measures the latency of a round trip.
 * Without it a change that makes a single message slower would hide behind the rates of many.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { patient, program } from "./program.js";

/** Returns the ball one higher. */
export const Pong = defineActor({
  name: "pong",
  module: import.meta.url,
  state: z.object({ returned: z.int() }),
  init: () => ({ returned: 0 }),
})
  .on("ping", { input: z.int(), output: z.int() }, (state, ball) => {
    state.returned++;
    return ball + 1;
  })
  .on("returned", { output: z.int() }, (state) => state.returned);

/** Plays so many rounds; the reply is the ball. */
export const Ping = defineActor({ name: "ping", module: import.meta.url, state: z.object({}), init: () => ({}) }).on(
  "play",
  { input: z.object({ with: z.string(), rounds: z.int() }), output: z.int() },
  async (_state, { with: other, rounds }, ctx) => {
    const pong = ctx.ref(Pong, other);
    let ball = 0;
    for (let round = 0; round < rounds; round++) ball = await pong.ask("ping", ball);
    return ball;
  },
);

/** Of two threads, each has one of the two actors: their ids are chosen for that. */
export const pingPong = program({
  name: "ping-pong",
  actors: [Ping, Pong],
  sizes: { small: { rounds: 1_000 }, full: { rounds: 40_000 } },
  expected: ({ rounds }) => ({ ball: rounds, returned: rounds }),
  async run(hub, { rounds }) {
    const pong = await hub.start(Pong, { id: "player-pong" });
    const ping = await hub.start(Ping, { id: "player-ping" });
    const ball = await ping.ask("play", { with: pong.id, rounds }, patient);
    return { ball, returned: await pong.ask("returned") };
  },
});
