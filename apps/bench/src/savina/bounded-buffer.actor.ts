/*
 * Bounded buffer: producers and consumers with one manager between them, who lets nobody produce for a full buffer.
 * Without it no program would have a pace that its own actors keep, beside that of the hub.
 */
import { type ActorContext, defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { program } from "./program.js";
import { startAll } from "./start-all.js";
import { untilReply } from "./until-reply.js";

/** The `n`th item of a producer. */
function itemOf(producer: number, n: number): number {
  return draw(producer, n) % 1_000;
}

const turns = 10;

/** What a consumer makes of an item. */
function consumed(item: number): number {
  let value = item;
  for (let turn = 0; turn < turns; turn++) value = draw(turn, value);
  return value;
}

/** Makes an item whenever it is told to, until it has made all. */
export const BufferProducer = defineActor({
  name: "buffer-producer",
  module: import.meta.url,
  args: z.object({ producer: z.int(), items: z.int(), manager: z.string() }),
  state: z.object({ producer: z.int(), items: z.int(), manager: z.string(), made: z.int() }),
  init: (args) => ({ ...args, made: 0 }),
}).on("produce", {}, (state, _input, ctx) => {
  const manager = ctx.ref(BufferManager, state.manager);
  if (state.made === state.items) manager.tell("exhausted");
  else manager.tell("item", itemOf(state.producer, state.made++));
});

/** Works on one item at a time. */
export const BufferConsumer = defineActor({
  name: "buffer-consumer",
  module: import.meta.url,
  args: z.object({ manager: z.string() }),
  state: z.object({ manager: z.string(), count: z.int(), sum: z.int() }),
  init: ({ manager }) => ({ manager, count: 0, sum: 0 }),
})
  .on("consume", { input: z.int() }, (state, item, ctx) => {
    state.count++;
    state.sum += consumed(item);
    ctx.ref(BufferManager, state.manager).tell("available");
  })
  .on("read", { output: z.object({ count: z.int(), sum: z.int() }) }, ({ count, sum }) => ({ count, sum }));

const ManagerState = z.object({
  capacity: z.int(),
  /** Items that wait, the oldest first. */
  buffer: z.array(z.int()),
  /** Items that producers were told to make and that have not come yet. */
  promised: z.int(),
  /** Producers that wait for room. */
  idle: z.array(z.string()),
  /** Consumers that wait for an item. */
  hungry: z.array(z.string()),
  consumers: z.int(),
  producing: z.int(),
  /** The most that were ever in the buffer. */
  highest: z.int(),
});

/** Tells as many idle producers to go on as there is room for. */
function order(state: z.infer<typeof ManagerState>, ctx: ActorContext): void {
  while (state.buffer.length + state.promised < state.capacity) {
    const producer = state.idle.shift();
    if (producer === undefined) return;
    state.promised++;
    ctx.ref(BufferProducer, producer).tell("produce");
  }
}

/** Holds the buffer. Each message causes two at most, and a producer or consumer has one under way: nobody needs to wait for room. */
export const BufferManager = defineActor({
  name: "buffer-manager",
  module: import.meta.url,
  args: z.object({ capacity: z.int(), producers: z.int(), consumers: z.int() }),
  state: ManagerState,
  init: ({ capacity, producers, consumers }) => ({
    ...{ capacity, consumers, buffer: [], promised: 0, idle: [], hungry: [], producing: producers, highest: 0 },
  }),
})
  .on("open", { input: z.object({ producers: z.array(z.string()), consumers: z.array(z.string()) }) }, (state, ids, ctx) => {
    state.idle.push(...ids.producers);
    state.hungry.push(...ids.consumers);
    order(state, ctx);
  })
  .on("item", { input: z.int() }, (state, item, ctx) => {
    state.promised--;
    const consumer = state.hungry.shift();
    if (consumer === undefined) state.buffer.push(item);
    else ctx.ref(BufferConsumer, consumer).tell("consume", item);
    state.highest = Math.max(state.highest, state.buffer.length);
    state.idle.push(ctx.sender ?? "");
    order(state, ctx);
  })
  .on("available", {}, (state, _input, ctx) => {
    const item = state.buffer.shift();
    if (item === undefined) state.hungry.push(ctx.sender ?? "");
    else ctx.ref(BufferConsumer, ctx.sender ?? "").tell("consume", item);
    order(state, ctx);
  })
  .on("exhausted", {}, (state, _input, ctx) => {
    state.promised--;
    state.producing--;
    order(state, ctx);
  })
  .on("highest", { output: z.int().optional() }, (state) => {
    const isDone = state.producing === 0 && state.buffer.length === 0 && state.hungry.length === state.consumers;
    return isDone ? state.highest : undefined;
  });

/** How many items the consumers had and what they made of them; and that the buffer kept its bound. */
export const boundedBuffer = program({
  name: "bounded-buffer",
  actors: [BufferProducer, BufferConsumer, BufferManager],
  sizes: {
    small: { producers: 10, consumers: 10, items: 100, capacity: 20 },
    full: { producers: 40, consumers: 40, items: 2_000, capacity: 50 },
  },
  expected({ producers, items }) {
    let sum = 0;
    for (let producer = 0; producer < producers; producer++) for (let n = 0; n < items; n++) sum += consumed(itemOf(producer, n));
    return { count: producers * items, sum, keptItsBound: true };
  },
  async run(hub, { producers, consumers, items, capacity }) {
    const manager = await hub.start(BufferManager, { id: "manager", args: { capacity, producers, consumers } });
    const consumerOptions = Array.from({ length: consumers }, (_, i) => ({ id: `consumer-${i}`, args: { manager: manager.id } }));
    const producerOptions = Array.from({ length: producers }, (_, producer) => ({
      id: `producer-${producer}`,
      args: { producer, items, manager: manager.id },
    }));
    const eaters = await startAll(hub, BufferConsumer, consumerOptions);
    const makers = await startAll(hub, BufferProducer, producerOptions);
    manager.tell("open", { producers: makers.map(({ id }) => id), consumers: eaters.map(({ id }) => id) });
    const highest = await untilReply(() => manager.ask("highest"));
    const read = await Promise.all(eaters.map((eater) => eater.ask("read")));
    return {
      count: read.reduce((total, { count }) => total + count, 0),
      sum: read.reduce((total, one) => total + one.sum, 0),
      keptItsBound: highest <= capacity,
    };
  },
});
