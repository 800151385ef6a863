/*
 * Dining philosophers: neighbours share forks, which one arbitrator gives out. Measures asks that are refused and made again.
 * Without it no program would show that those who are refused all come to their turn.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";
import { untilReply } from "./until-reply.js";

/** Has the forks: that of a seat lies to its left. */
export const Arbitrator = defineActor({
  name: "arbitrator",
  module: import.meta.url,
  args: z.object({ seats: z.int() }),
  state: z.object({ taken: z.array(z.boolean()), meals: z.int(), mistakes: z.int() }),
  init: ({ seats }) => ({ taken: new Array<boolean>(seats).fill(false), meals: 0, mistakes: 0 }),
})
  .on("hungry", { input: z.int(), output: z.boolean() }, ({ taken }, seat) => {
    const right = (seat + 1) % taken.length;
    if (taken[seat] || taken[right]) return false;
    taken[seat] = true;
    taken[right] = true;
    return true;
  })
  .on("done", { input: z.int() }, (state, seat) => {
    const { taken } = state;
    const right = (seat + 1) % taken.length;
    if (!taken[seat] || !taken[right]) state.mistakes++;
    taken[seat] = false;
    taken[right] = false;
    state.meals++;
  })
  .on("read", { output: z.object({ meals: z.int(), mistakes: z.int(), forksTaken: z.int() }) }, ({ taken, meals, mistakes }) => ({
    meals,
    mistakes,
    forksTaken: taken.filter(Boolean).length,
  }));

/** Eats so often, and asks for the forks until it gets them; the reply is the number of its meals. */
export const Philosopher = defineActor({
  name: "philosopher",
  module: import.meta.url,
  args: z.object({ seat: z.int(), arbitrator: z.string() }),
  state: z.object({ seat: z.int(), arbitrator: z.string(), meals: z.int() }),
  init: (args) => ({ ...args, meals: 0 }),
}).on("dine", { input: z.int(), output: z.int() }, async (state, rounds, ctx) => {
  const arbitrator = ctx.ref(Arbitrator, state.arbitrator);
  while (state.meals < rounds) {
    if (!(await arbitrator.ask("hungry", state.seat))) continue;
    state.meals++;
    arbitrator.tell("done", state.seat);
  }
  return state.meals;
});

/** Everybody's meals, and what the arbitrator saw. How often it refused depends on the order of things. */
export const diningPhilosophers = program({
  name: "dining-philosophers",
  actors: [Arbitrator, Philosopher],
  sizes: { small: { seats: 10, rounds: 100 }, full: { seats: 20, rounds: 2_000 } },
  expected: ({ seats, rounds }) => ({
    eaten: new Array<number>(seats).fill(rounds),
    meals: seats * rounds,
    mistakes: 0,
    forksTaken: 0,
  }),
  async run(hub, { seats, rounds }) {
    const arbitrator = await hub.start(Arbitrator, { id: "arbitrator", args: { seats } });
    const options = Array.from({ length: seats }, (_, seat) => ({
      id: `philosopher-${seat}`,
      args: { seat, arbitrator: arbitrator.id },
    }));
    const philosophers = await startAll(hub, Philosopher, options);
    const eaten = await Promise.all(philosophers.map((one) => one.ask("dine", rounds, patient)));
    // The last of them may have told its end on another road than its reply took.
    const seen = await untilReply(async () => {
      const read = await arbitrator.ask("read");
      return read.meals < seats * rounds ? undefined : read;
    });
    return { eaten, ...seen };
  },
});
