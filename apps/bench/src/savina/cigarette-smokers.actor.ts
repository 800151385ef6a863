/*
 * Cigarette smokers: an arbiter lays out all but one ingredient, and the smoker who has that one smokes. Measures one-to-many asks by chance.
 * Without it an answer of one actor that is taken for another's would not be seen.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

const idOf = (smoker: number): string => `smoker-${smoker}`;

/** Smokes when it is asked to, and says how often it did. */
export const Smoker = defineActor({
  name: "smoker",
  module: import.meta.url,
  state: z.object({ smoked: z.int() }),
  init: () => ({ smoked: 0 }),
}).on("smoke", { output: z.int() }, (state) => ++state.smoked);

/** Chooses a smoker in each round, and waits until that one has begun. The reply: the latest answer of each. */
export const Arbiter = defineActor({ name: "arbiter", module: import.meta.url, state: z.object({}), init: () => ({}) }).on(
  "arbitrate",
  { input: z.object({ rounds: z.int(), smokers: z.int() }), output: z.array(z.int()) },
  async (_state, { rounds, smokers }, ctx) => {
    const refs = Array.from({ length: smokers }, (_, smoker) => ctx.ref(Smoker, idOf(smoker)));
    const smoked = new Array<number>(smokers).fill(0);
    for (let round = 0; round < rounds; round++) {
      const chosen = draw(3, round) % smokers;
      smoked[chosen] = (await refs[chosen]?.ask("smoke")) ?? 0;
    }
    return smoked;
  },
);

/** How often each smoker smoked: it follows from what was drawn. */
export const cigaretteSmokers = program({
  name: "cigarette-smokers",
  actors: [Smoker, Arbiter],
  sizes: { small: { rounds: 1_000, smokers: 50 }, full: { rounds: 40_000, smokers: 200 } },
  expected({ rounds, smokers }) {
    const smoked = new Array<number>(smokers).fill(0);
    for (let round = 0; round < rounds; round++) {
      const chosen = draw(3, round) % smokers;
      smoked[chosen] = (smoked[chosen] ?? 0) + 1;
    }
    return smoked;
  },
  async run(hub, { rounds, smokers }) {
    const arbiter = await hub.start(Arbiter, { id: "arbiter" });
    await startAll(
      hub,
      Smoker,
      Array.from({ length: smokers }, (_, smoker) => ({ id: idOf(smoker) })),
    );
    return arbiter.ask("arbitrate", { rounds, smokers }, patient);
  },
});
