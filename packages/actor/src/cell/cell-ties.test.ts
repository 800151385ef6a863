import { decode, encode, type Ties } from "@process-hub/protocol";
import { settle } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { stage } from "../fixtures/stage.js";
import { defineActor } from "../index.js";
import type { Cell } from "./cell.js";
import { hearEvent, hearGone, newsInput } from "./cell-ties.js";
import { stateBytes } from "./state-wire.js";

const Bell = { name: "bell", module: "file:///bell.js", behaviour: {} };

const Ear = defineActor({
  name: "ear",
  module: "file:///ear.js",
  state: z.object({ heard: z.array(z.unknown()) }),
  init: (_, ctx) => {
    if (ctx.id === "eager") ctx.watch(ctx.ref(Bell, "b"), "news");
    return { heard: [] };
  },
  onError: "restart",
})
  .event("heard", z.object({ times: z.int() }), { keep: 2 })
  .on("watch", { input: z.string() }, (_, id, ctx) => ctx.watch(ctx.ref(Bell, id), "news"))
  .on("unwatch", { input: z.string() }, (_, id, ctx) => ctx.unwatch({ id }))
  .on("listen", { input: z.string() }, (_, id, ctx) => ctx.subscribe(ctx.ref(Bell, id) as never, "rung" as never, "news"))
  .on("ignore", { input: z.string() }, (_, id, ctx) => ctx.unsubscribe({ id }, "rung"))
  .on("news", { input: z.unknown() }, (state, news) => void state.heard.push(news))
  .on("emit", { input: z.unknown() }, (_, payload, ctx) => ctx.emit("heard", payload))
  .on("crash", {}, () => {
    throw new Error("crash");
  })
  .on("wait", {}, async (_, __, { signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(1))));

async function begun(more: Parameters<typeof stage>[1] = {}) {
  const scene = stage(Ear, more);
  await scene.cell.begin();
  await settle();
  return scene;
}

const heard = (cell: Cell): unknown => (cell.state as { heard: unknown[] }).heard;
const subscription = (cell: Cell) => {
  const [known] = [...(cell.ties?.subscriptions.values() ?? [])];
  if (known === undefined) throw new Error("there is none");
  return known;
};

describe("a watch", () => {
  test("is told once, by a message of the actor's own, and is over then", async () => {
    const { cell, tell, seen } = await begun();
    tell("watch", "b");
    await settle();
    hearGone(cell, "b", "Stop");
    hearGone(cell, "b", "Crash");
    await settle();
    expect([heard(cell), seen.filter((each) => each.includes("watches"))]).toEqual([
      [{ id: "b", reason: "Stop" }],
      ["watches b", "unwatches b"],
    ]);
    expect(cell.ties?.wire()).toBeUndefined();
  });

  test("whose message waits travels with the actor, and stands by: it is not told again by who took it over", async () => {
    const { cell, tell } = await begun();
    tell("watch", "b");
    tell("wait");
    await settle();
    hearGone(cell, "b", "NodeDown");
    const standby = cell.ties?.wire();
    expect(standby).toEqual({ notices: [{ name: "news", payload: encode({ id: "b", reason: "NodeDown" }) }] });
    const next = stage(Ear);
    await next.cell.begin({ wire: stateBytes({ heard: [] }), timers: [], ties: standby });
    await settle();
    expect([heard(next.cell), next.cell.ties?.wire()]).toEqual([[{ id: "b", reason: "NodeDown" }], undefined]);
  });

  test("of a life that crashed, or a start that failed, is over", async () => {
    const { cell, tell, seen } = await begun();
    tell("watch", "b");
    tell("listen", "b");
    tell("crash");
    await settle();
    expect(seen.filter((each) => /watches|scribes/.test(each))).toEqual([
      "watches b",
      "subscribes b rung now",
      "unwatches b",
      "unsubscribes b rung",
    ]);
    expect(cell.ties?.wire()).toBeUndefined();
  });

  test.each([
    ["", /message/],
    ["nothing", /watch, unwatch/],
  ])("by the message %j is refused", async (message, text) => {
    const { cell } = await begun();
    expect(() => cell.context.watch({ id: "b", actor: "bell" }, message)).toThrow(text);
    expect(() => cell.context.watch({ id: "a", actor: "ear" }, "news")).toThrow(/another actor/);
    expect(() => cell.context.watch(undefined as never, "news")).toThrow(/id/);
  });
});

describe("a subscription", () => {
  test("goes on at another place after what it has heard; what waits goes along", async () => {
    const { cell, tell, seen } = await begun();
    tell("listen", "b");
    await settle();
    tell("wait");
    await settle();
    for (const seq of [4, 5]) {
      const event = { type: "event", seq } as const;
      hearEvent(cell, subscription(cell), event, newsInput(subscription(cell), event, { n: seq }));
    }
    cell.context.giveUp("Move", "it moves");
    expect(await cell.seal(100)).toBe(true);
    const ties = cell.ties?.wire();
    expect(seen).toContain("unsubscribes b rung");
    const next = stage(Ear);
    await next.cell.load(await cell.pack(), [...cell.mailbox], { timers: [], ties }, 100);
    expect(next.seen).toEqual([]);
    next.cell.commit(true);
    await settle();
    expect(heard(next.cell)).toEqual([4, 5].map((seq) => ({ type: "event", id: "b", event: "rung", seq, payload: { n: seq } })));
    expect(next.seen.filter((each) => each.includes("scribes"))).toEqual(["subscribes b rung 5"]);
  });

  test("that is taken back goes on here", async () => {
    const { cell, tell, seen } = await begun();
    tell("listen", "b");
    await settle();
    await cell.seal(100);
    await cell.pack();
    cell.unseal(2);
    expect(seen.filter((each) => each.includes("scribes"))).toEqual([
      "subscribes b rung now",
      "unsubscribes b rung",
      "subscribes b rung now",
    ]);
  });

  test("says when all that it has heard is handled, and ends with the actor it is to", async () => {
    const { cell, tell, seen } = await begun();
    tell("listen", "b");
    await settle();
    const known = subscription(cell);
    const gap = { type: "resync", seq: 9, reason: "slow" } as const;
    hearEvent(cell, known, gap, newsInput(known, gap));
    expect(known.waiting).toBe(1);
    await settle();
    expect([known.waiting, known.seq, seen.includes("has room for b rung")]).toEqual([0, 9, true]);
    const end = { type: "ended", reason: "Stop" } as const;
    hearEvent(cell, known, end, newsInput(known, end));
    await settle();
    expect(heard(cell)).toEqual([
      { type: "resync", id: "b", event: "rung", seq: 9, reason: "slow" },
      { type: "ended", id: "b", event: "rung", reason: "Stop" },
    ]);
    expect(cell.ties?.wire()).toBeUndefined();
  });
});

test("a reference of an actor listens on no main thread: it says how an actor does", async () => {
  const { cell } = await begun();
  const ref = cell.context.ref(Bell, "b") as unknown as { subscribe(): void };
  expect(() => ref.subscribe()).toThrow(/ctx\.subscribe\(ref, event, message\)/);
});

describe("events", () => {
  test("have numbers, which move with the actor and outlive its crash", async () => {
    const { cell, ask, tell } = await begun();
    expect(await ask("emit", { times: 1 })).toBe(1);
    tell("crash");
    await settle();
    expect(await ask("emit", { times: 2 })).toBe(2);
    await cell.seal(100);
    const ties = cell.ties?.wire();
    expect(ties?.feeds?.map(({ term, next, window }) => [term, next, window.map(([, each]) => decode(each))])).toEqual([
      ["first", 3, [{ times: 1 }, { times: 2 }]],
    ]);
    const next = stage(Ear);
    await next.cell.load(await cell.pack(), [], { timers: [], ties }, 100);
    next.cell.commit(true);
    expect(await next.ask("emit", { times: 3 })).toBe(3);
  });

  test.each([
    ["whole", true, 3],
    ["that may lack some", false, 3],
  ])("after a fail-over from a state %s", async (_, isWhole, least) => {
    const { cell, ask } = await begun();
    await ask("emit", { times: 1 });
    await ask("emit", { times: 2 });
    const ties = cell.ties?.wire() as Ties;
    const next = stage(Ear);
    await next.cell.begin({ wire: stateBytes({ heard: [] }), timers: [], ties, isWhole });
    expect(await next.ask("emit", { times: 3 })).toBe(least);
    expect(next.cell.ties?.wire()?.feeds?.[0]?.window.length).toBe(isWhole ? 2 : 1);
  });

  test("that the definition does not have, or whose payload its schema refuses, are refused to who emits", async () => {
    const { ask, cell } = await begun();
    await expect(ask("emit", { times: "x" })).rejects.toMatchObject({
      code: "InvalidMessage",
      message: expect.stringMatching(/event heard of actor ear.*times/),
    });
    expect(() => cell.context.emit("rung", {})).toThrow(/no event "rung"; it has: heard/);
  });
});
