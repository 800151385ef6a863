/*
 * Chameneos: creatures that meet in pairs at one mall and change colours. Measures many senders at one mailbox.
 * Without it a meeting that only one of the two hears of would not be seen.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { program } from "./program.js";
import { startAll } from "./start-all.js";
import { untilReply } from "./until-reply.js";

/** 0, 1, 2: yellow, blue, red. */
const Color = z.int().min(0).max(2);

/** Both take the colour they share, or the third one. */
function complement(one: number, other: number): number {
  return one === other ? one : 3 - one - other;
}

/** Changes colour with whom it meets. Tells no more than it was told, so nobody needs to wait for room. */
export const Creature = defineActor({
  name: "creature",
  module: import.meta.url,
  args: z.object({ mall: z.string(), color: Color }),
  state: z.object({ mall: z.string(), color: Color, meetings: z.int() }),
  init: ({ mall, color }) => ({ mall, color, meetings: 0 }),
})
  .on("enter", {}, ({ mall, color }, _input, ctx) => void ctx.ref(Mall, mall).tell("meet", color))
  .on("meeting", { input: z.object({ partner: z.string(), color: Color }) }, (state, { partner, color }, ctx) => {
    state.color = complement(state.color, color);
    state.meetings++;
    ctx.ref(Creature, partner).tell("changed", state.color);
    ctx.ref(Mall, state.mall).tell("meet", state.color);
  })
  .on("changed", { input: Color }, (state, color, ctx) => {
    state.color = color;
    state.meetings++;
    ctx.ref(Mall, state.mall).tell("meet", color);
  })
  .on("read", { output: z.object({ color: Color, meetings: z.int() }) }, ({ color, meetings }) => ({ color, meetings }));

/** Brings together whoever comes, two at a time, so often; after that it counts who comes in vain. */
export const Mall = defineActor({
  name: "mall",
  module: import.meta.url,
  args: z.object({ meetings: z.int(), creatures: z.int() }),
  state: z.object({ left: z.int(), open: z.int(), waiting: z.string().optional() }),
  init: ({ meetings, creatures }) => ({ left: meetings, open: creatures }),
})
  .on("meet", { input: Color }, (state, color, ctx) => {
    const comer = ctx.sender ?? "";
    if (state.left === 0) state.open--;
    else if (state.waiting === undefined) state.waiting = comer;
    else {
      state.left--;
      ctx.ref(Creature, state.waiting).tell("meeting", { partner: comer, color });
      state.waiting = undefined;
    }
  })
  .on("closed", { output: z.literal(true).optional() }, ({ open }) => (open === 0 ? true : undefined));

/** What no order of meetings changes: how many heard of one, and the differences between the numbers of each colour, modulo 3. */
function invariants(creatures: readonly { readonly color: number; readonly meetings: number }[]): object {
  const counts = [0, 1, 2].map((color) => creatures.filter((one) => one.color === color).length);
  const [yellow = 0, blue = 0, red = 0] = counts;
  return {
    heard: creatures.reduce((sum, { meetings }) => sum + meetings, 0),
    residues: [(yellow - blue + 3 * creatures.length) % 3, (blue - red + 3 * creatures.length) % 3],
  };
}

/** Each meeting is heard of twice; a pair of two colours takes one from each and gives two to the third. */
export const chameneos = program({
  name: "chameneos",
  actors: [Creature, Mall],
  sizes: { small: { creatures: 20, meetings: 1_000 }, full: { creatures: 100, meetings: 60_000 } },
  expected: ({ creatures, meetings }) => ({
    ...invariants(Array.from({ length: creatures }, (_, index) => ({ color: (index * index) % 3, meetings: 0 }))),
    heard: 2 * meetings,
  }),
  async run(hub, { creatures, meetings }) {
    const mall = await hub.start(Mall, { id: "mall", args: { meetings, creatures } });
    const options = Array.from({ length: creatures }, (_, index) => ({
      id: `creature-${index}`,
      args: { mall: mall.id, color: (index * index) % 3 },
    }));
    const all = await startAll(hub, Creature, options);
    for (const creature of all) creature.tell("enter");
    await untilReply(() => mall.ask("closed"));
    return invariants(await Promise.all(all.map((creature) => creature.ask("read"))));
  },
});
