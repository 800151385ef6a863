import * as v from "valibot";
import { expectTypeOf } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import {
  type ActorContext,
  type ActorRef,
  type AnyActor,
  type ArgsOf,
  defineActor,
  type EventNews,
  type EventSubscription,
  type EventsOf,
  type MessageMap,
  type MessagesOf,
  type StartOptions,
} from "../index.js";

const Cart = defineActor({
  name: "cart",
  module: "file:///cart.js",
  args: z.object({ currency: z.string(), limit: z.int().default(10) }),
  state: z.object({ lines: z.array(z.string()), seen: z.number().default(0) }),
  init: ({ currency, limit }) => {
    expectTypeOf(currency).toEqualTypeOf<string>();
    expectTypeOf(limit).toEqualTypeOf<number>();
    return { lines: [] };
  },
})
  .on("add", { input: z.object({ sku: z.string(), amount: z.int().default(1) }), output: z.int() }, (state, input, ctx) => {
    expectTypeOf(state).toEqualTypeOf<{ lines: string[]; seen: number }>();
    expectTypeOf(input).toEqualTypeOf<{ sku: string; amount: number }>();
    expectTypeOf(ctx).toEqualTypeOf<ActorContext>();
    return state.lines.push(input.sku);
  })
  .on("count", { output: z.int() }, async (state, input) => {
    expectTypeOf(input).toEqualTypeOf<undefined>();
    return state.lines.length;
  })
  .on("label", { input: z.string().optional(), output: z.string().transform((text) => text.length) }, (_, text) => text ?? "none")
  .on("peek", { concurrent: true }, (state) => {
    expectTypeOf(state).toEqualTypeOf<{ readonly lines: readonly string[]; readonly seen: number }>();
    // @ts-expect-error a concurrent handler does not change the state
    state.seen = 1;
    // @ts-expect-error nor what is in it
    state.lines.push("more");
    return state.seen;
  })
  .on("later", { output: z.int() }, (_, __, ctx) => ctx.replyLater())
  // @ts-expect-error a text is no number, and no token
  .on("wrong", { output: z.int() }, () => "oops")
  .on("bump", { concurrent: "mutates" }, (state) => ++state.seen)
  .on("first", {}, async (state) => state.lines[0])
  .handoff({
    prepare: (state) => state.lines.join(),
    restore: (wire, args) => {
      expectTypeOf(args).toEqualTypeOf<{ currency: string; limit: number }>();
      return { lines: wire.split(","), seen: 0 };
    },
  });

declare const cart: ActorRef<MessagesOf<typeof Cart>>;
declare const ctx: ActorContext;

// What is asked and what comes back, from the schemas alone.
expectTypeOf(cart.ask("add", { sku: "a" })).toEqualTypeOf<Promise<number>>();
expectTypeOf(cart.ask("add", { sku: "a", amount: 2 }, { timeoutMs: 5 })).toEqualTypeOf<Promise<number>>();
expectTypeOf(cart.ask("count")).toEqualTypeOf<Promise<number>>();
expectTypeOf(cart.ask("count", undefined, { timeoutMs: 5 })).toEqualTypeOf<Promise<number>>();
expectTypeOf(cart.ask("label")).toEqualTypeOf<Promise<number>>();
expectTypeOf(cart.ask("label", "x")).toEqualTypeOf<Promise<number>>();
expectTypeOf(cart.ask("first")).toEqualTypeOf<Promise<string | undefined>>();
expectTypeOf(cart.tell("add", { sku: "a" })).toEqualTypeOf<boolean>();
expectTypeOf(cart.tell("count")).toEqualTypeOf<boolean>();

// A ref is named by its definition as well as by its messages, with any number of them.
expectTypeOf<ActorRef<typeof Cart>>().toEqualTypeOf<ActorRef<MessagesOf<typeof Cart>>>();
expectTypeOf<ActorRef>().toEqualTypeOf<ActorRef<MessageMap>>();
class Shop {
  readonly carts = new Map<string, ActorRef<typeof Cart>>([["c", cart]]);
}
expectTypeOf(new Shop().carts.get("c")?.ask("count")).toEqualTypeOf<Promise<number> | undefined>();

// @ts-expect-error no such message
void cart.ask("remove");
// @ts-expect-error the input is missing
void cart.ask("add");
// @ts-expect-error the input has the wrong type
void cart.ask("add", { sku: 5 });
// @ts-expect-error the message takes no input
void cart.ask("count", { from: 1 });
// @ts-expect-error a tell has no options
cart.tell("add", { sku: "a" }, { timeoutMs: 5 });
// @ts-expect-error the input of a tell has the wrong type
cart.tell("label", 5);

// No `any` anywhere.
expectTypeOf<MessagesOf<typeof Cart>["add"]["input"]>().not.toBeAny();
expectTypeOf<MessagesOf<typeof Cart>["first"]["output"]>().not.toBeAny();
expectTypeOf<keyof MessagesOf<typeof Cart>>().toEqualTypeOf<
  "add" | "peek" | "later" | "wrong" | "bump" | "count" | "label" | "first"
>();
expectTypeOf<ArgsOf<typeof Cart>>().not.toBeAny();

// A start takes what the args' schema takes, defaults left out.
expectTypeOf<ArgsOf<typeof Cart>>().toEqualTypeOf<{ currency: string; limit?: number | undefined }>();
expectTypeOf(ctx.start(Cart, { id: "c", args: { currency: "EUR" } })).resolves.toEqualTypeOf<ActorRef<MessagesOf<typeof Cart>>>();
expectTypeOf(ctx.ref(Cart, "c")).toEqualTypeOf<ActorRef<MessagesOf<typeof Cart>>>();
expectTypeOf<StartOptions<ArgsOf<typeof Cart>>["restart"]>().toEqualTypeOf<"permanent" | "transient" | "temporary" | undefined>();
// @ts-expect-error args of the wrong type
void ctx.start(Cart, { id: "c", args: { currency: 5 } });
// @ts-expect-error no id
void ctx.start(Cart, { args: { currency: "EUR" } });
// @ts-expect-error no such policy
void ctx.start(Cart, { id: "c", args: { currency: "EUR" }, restart: "sometimes" });

const Bare = defineActor({
  name: "bare",
  module: "file:///bare.js",
  state: z.object({}),
  init: (args) => {
    expectTypeOf(args).toEqualTypeOf<undefined>();
    return {};
  },
});
expectTypeOf<ArgsOf<typeof Bare>>().toEqualTypeOf<undefined>();
// @ts-expect-error it takes no args
void ctx.start(Bare, { id: "b", args: { from: 1 } });
expectTypeOf<ActorRef<typeof Bare>>().toEqualTypeOf<ActorRef<MessagesOf<typeof Bare>>>();
Bare.handoff({
  prepare: () => 1,
  restore: (_wire, args) => {
    expectTypeOf(args).toEqualTypeOf<undefined>();
    return {};
  },
});
// @ts-expect-error it has no messages
void ctx.ref(Bare, "b").ask("anything");

// A list of definitions of any types.
expectTypeOf([Cart, Bare]).toExtend<readonly AnyActor[]>();
// A ref without its types takes any name, and gives back what must be looked at.
expectTypeOf(ctx.self.ask("anything", 5)).toEqualTypeOf<Promise<unknown>>();

// A job takes and gives what its function does, when that is named; else anything, to be looked at.
type Primes = (input: { readonly below: number }) => Promise<number>;
expectTypeOf(ctx.job<Primes>("file:///primes.js", { below: 5 })).toEqualTypeOf<Promise<number>>();
expectTypeOf(ctx.job(new URL("file:///primes.js"), { below: 5 })).toEqualTypeOf<Promise<unknown>>();
// @ts-expect-error the input does not fit the function
ctx.job<Primes>("file:///primes.js", 5);

defineActor({ name: "x", module: "file:///x.js", state: z.object({ n: z.int() }), init: () => ({ n: 1 }) })
  // @ts-expect-error the reply does not fit its schema
  .on("read", { output: z.string() }, (state) => state.n)
  .lifecycle({ conflict: (mine, theirs) => ({ n: mine.n + theirs.n }) })
  // @ts-expect-error what is restored is no state
  .handoff({ prepare: (state) => state.n, restore: (wire) => ({ n: String(wire) }) });

// @ts-expect-error the first state does not fit
defineActor({ name: "x", module: "file:///x.js", state: z.object({ n: z.int() }), init: () => ({ n: "1" }) });

// Schemas of zod/mini, and of a library that follows Standard Schema, say as much.
const Small = defineActor({
  name: "small",
  module: "file:///small.js",
  args: mini.object({ from: mini._default(mini.int(), 0) }),
  state: v.object({ n: v.number(), tags: v.optional(v.array(v.string()), []) }),
  init: ({ from }) => {
    expectTypeOf(from).toEqualTypeOf<number>();
    return { n: from };
  },
})
  .on("add", { input: v.object({ by: v.optional(v.number(), 1) }), output: mini.int() }, (state, { by }) => {
    expectTypeOf(state).toEqualTypeOf<{ n: number; tags: string[] }>();
    expectTypeOf(by).toEqualTypeOf<number>();
    return state.n + by;
  })
  .on(
    "length",
    {
      output: v.pipe(
        v.string(),
        v.transform((text) => text.length),
      ),
    },
    () => "text",
  );
declare const small: ActorRef<typeof Small>;
expectTypeOf<ArgsOf<typeof Small>>().toEqualTypeOf<{ from?: number | undefined }>();
expectTypeOf(small.ask("add", {})).toEqualTypeOf<Promise<number>>();
expectTypeOf(small.ask("length")).toEqualTypeOf<Promise<number>>();
// @ts-expect-error the input has the wrong type
void small.ask("add", { by: "1" });
// @ts-expect-error the input is missing
void small.ask("add");
// @ts-expect-error no schema
defineActor({ name: "x", module: "file:///x.js", state: { n: 1 }, init: () => ({ n: 1 }) });
// @ts-expect-error the reply does not fit its schema
Small.on("read", { output: v.string() }, (state) => state.n);

// Events: what is emitted is what is heard, and messages stay what they are.
const Bell = defineActor({ name: "bell", module: "file:///bell.js", state: z.object({}), init: () => ({}) })
  .event("rung", z.object({ n: z.string().transform(Number) }))
  .on("ring", { input: z.int() }, () => {})
  .event("silent", z.literal(true), { keep: 5 });
declare const bell: ActorRef<typeof Bell>;
expectTypeOf<keyof EventsOf<MessagesOf<typeof Bell>>>().toEqualTypeOf<"rung" | "silent">();
expectTypeOf(bell.ask("ring", 1)).toEqualTypeOf<Promise<void>>();
expectTypeOf(
  bell.subscribe("rung", (event, { seq }) => {
    expectTypeOf(event).toEqualTypeOf<{ n: number }>();
    expectTypeOf(seq).toEqualTypeOf<number>();
  }),
).toEqualTypeOf<EventSubscription>();
bell.subscribe("silent", (event) => expectTypeOf(event).toEqualTypeOf<true>(), { since: 5, resync: ({ reason }) => reason });
expectTypeOf<EventNews<{ n: number }>["type"]>().toEqualTypeOf<"event" | "resync" | "ended">();
ctx.subscribe(bell, "rung", "news");
ctx.subscribe(ctx.ref(Bell, "b"), "silent", "news", { since: 3 });
ctx.watch(bell, "gone");
// @ts-expect-error no such event
bell.subscribe("rang", () => {});
// @ts-expect-error an event is no message
void bell.ask("rung");
// @ts-expect-error no such event
ctx.subscribe(bell, "ring", "news");
// @ts-expect-error an actor without events
cart.subscribe("rung", () => {});
// @ts-expect-error an event without a schema
defineActor({ name: "bell", module: "file:///bell.js", state: z.object({}), init: () => ({}) }).event("rung");
