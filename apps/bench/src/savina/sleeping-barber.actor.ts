/*
 * Sleeping barber: customers, a waiting room with few chairs, a barber who sleeps when it is empty. Uses timers: who finds no chair comes back.
 * Without it no program would set timers, nor let an actor sleep and be woken by whoever comes first.
 */
import { type ActorContext, defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { program } from "./program.js";
import { startAll } from "./start-all.js";
import { untilReply } from "./until-reply.js";

const comesBackAfterMs = 10;
const turns = 200;

/** Counts the customers that were served. */
export const Shop = defineActor({
  name: "barber-shop",
  module: import.meta.url,
  args: z.object({ customers: z.int() }),
  state: z.object({ open: z.int() }),
  init: ({ customers }) => ({ open: customers }),
})
  .on("served", {}, (state) => void state.open--)
  .on("closed", { output: z.literal(true).optional() }, ({ open }) => (open === 0 ? true : undefined));

/** Comes until it finds a chair, after a longer while each time: those who all come back at once would keep the barber from the room. */
export const Customer = defineActor({
  name: "customer",
  module: import.meta.url,
  args: z.object({ room: z.string(), shop: z.string() }),
  state: z.object({ room: z.string(), shop: z.string(), turnedAway: z.int(), haircuts: z.int() }),
  init: (args) => ({ ...args, turnedAway: 0, haircuts: 0 }),
})
  .on("visit", {}, ({ room }, _input, ctx) => void ctx.ref(WaitingRoom, room).tell("enter"))
  .on("full", {}, (state, _input, ctx) => ctx.schedule("again", comesBackAfterMs * ++state.turnedAway, "visit"))
  .on("haircut", {}, (state, _input, ctx) => {
    state.haircuts++;
    ctx.ref(Shop, state.shop).tell("served");
  })
  .on("haircuts", { output: z.int() }, ({ haircuts }) => haircuts);

/** Cuts one customer's hair after the other. */
export const Barber = defineActor({
  name: "barber",
  module: import.meta.url,
  args: z.object({ room: z.string() }),
  state: z.object({ room: z.string(), haircuts: z.int(), hair: z.int() }),
  init: ({ room }) => ({ room, haircuts: 0, hair: 0 }),
})
  .on("cut", { input: z.string() }, (state, customer, ctx) => {
    for (let turn = 0; turn < turns; turn++) state.hair = draw(turn, state.hair);
    state.haircuts++;
    ctx.ref(Customer, customer).tell("haircut");
    ctx.ref(WaitingRoom, state.room).tell("next");
  })
  .on("haircuts", { output: z.int() }, ({ haircuts }) => haircuts);

const RoomState = z.object({
  chairs: z.int(),
  barber: z.string(),
  waiting: z.array(z.string()),
  asleep: z.boolean(),
  /** The most that ever waited. */
  highest: z.int(),
});

function callNext(state: z.infer<typeof RoomState>, ctx: ActorContext): void {
  const customer = state.waiting.shift();
  state.asleep = customer === undefined;
  if (customer !== undefined) ctx.ref(Barber, state.barber).tell("cut", customer);
}

/** Lets in as many as there are chairs. */
export const WaitingRoom = defineActor({
  name: "waiting-room",
  module: import.meta.url,
  args: z.object({ chairs: z.int(), barber: z.string() }),
  state: RoomState,
  init: (args) => ({ ...args, waiting: [], asleep: true, highest: 0 }),
})
  .on("enter", {}, (state, _input, ctx) => {
    const customer = ctx.sender ?? "";
    if (state.waiting.length === state.chairs) {
      ctx.ref(Customer, customer).tell("full");
      return;
    }
    state.waiting.push(customer);
    state.highest = Math.max(state.highest, state.waiting.length);
    if (state.asleep) callNext(state, ctx);
  })
  .on("next", {}, (state, _input, ctx) => callNext(state, ctx))
  .on("highest", { output: z.int() }, ({ highest }) => highest);

/** One haircut for everybody, and never more in the room than it has chairs. */
export const sleepingBarber = program({
  name: "sleeping-barber",
  actors: [Shop, Customer, Barber, WaitingRoom],
  sizes: { small: { customers: 200, chairs: 50 }, full: { customers: 5_000, chairs: 200 } },
  expected: ({ customers }) => ({
    customers: new Array<number>(customers).fill(1),
    barber: customers,
    keptToChairs: true,
  }),
  async run(hub, { customers, chairs }) {
    const shop = await hub.start(Shop, { id: "shop", args: { customers } });
    const barber = await hub.start(Barber, { id: "barber", args: { room: "room" } });
    const room = await hub.start(WaitingRoom, { id: "room", args: { chairs, barber: barber.id } });
    const options = Array.from({ length: customers }, (_, i) => ({
      id: `customer-${i}`,
      args: { room: room.id, shop: shop.id },
    }));
    const all = await startAll(hub, Customer, options);
    for (const customer of all) if (!customer.tell("visit")) await hub.ready();
    await untilReply(() => shop.ask("closed"));
    return {
      customers: await Promise.all(all.map((customer) => customer.ask("haircuts"))),
      barber: await barber.ask("haircuts"),
      keptToChairs: (await room.ask("highest")) <= chairs,
    };
  },
});
