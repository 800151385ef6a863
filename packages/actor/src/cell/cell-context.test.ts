import type { AbortReason } from "@process-hub/protocol";
import { settle } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ActorContext } from "../definition/context.js";
import { defineActor } from "../definition/definition.js";
import type { OnError } from "../definition/on-error.js";
import { gate } from "../fixtures/gate.js";
import { stage } from "../fixtures/stage.js";
import type { Cell } from "./cell.js";

const onError: OnError = "restart";
const head = { name: "c", module: "file:///c.js", state: z.object({}), onError, init: () => ({}) };

/** Runs `act` inside a handler of a running actor. */
function inside<T>(act: (ctx: ActorContext) => T | Promise<T>) {
  const all = stage(defineActor(head).on("act", {}, (_, __, ctx) => act(ctx)));
  all.cell.begin();
  return all;
}

describe("ctx", () => {
  test("says where the actor is, and who sent the message", async () => {
    const { ask } = inside((ctx) => [ctx.id, ctx.self.id, ctx.self.actor, ctx.node, ctx.thread, ctx.epoch, ctx.mode, ctx.sender]);
    await expect(ask("act", undefined, { sender: "b" })).resolves.toEqual(["a", "a", "c", "n", 0, 1, "active", "b"]);
    await expect(ask("act")).resolves.toEqual(["a", "a", "c", "n", 0, 1, "active", undefined]);
  });

  test("has the deadline of its ask by the wall clock, and none for a tell", async () => {
    const { ask, clock } = inside((ctx) => ctx.deadlineAtMs);
    await expect(ask("act", undefined, { expiresAtMs: clock.now() + 400 })).resolves.toBe(clock.wallMs() + 400);
    await expect(ask("act")).resolves.toBeUndefined();
  });

  test("a withdrawn ask aborts the signal of its handler, and the asks that this waits for; one that waits leaves", async () => {
    const reasons: unknown[] = [];
    const { cell, ask, host, seen } = inside(async (ctx) => {
      await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
      reasons.push((ctx.signal.reason as AbortReason).code);
    });
    const first = ask("act");
    void ask("act");
    await settle();
    host.pending.add(8);
    for (const other of [7, 8]) cell.noteAsk(other);
    expect([cell.holdsAsk("m@i/main", 1), cell.holdsAsk("m@i/main", 2), cell.holdsAsk("m@i/main", 3)]).toEqual([
      "inHand",
      "waits",
      undefined,
    ]);
    expect([cell.waitsFor(7), cell.waitsFor(8)]).toEqual([false, true]);
    expect(cell.withdraw("m@i/main", 2)).toBe(true);
    expect([cell.waiting, host.counts.get("expired")]).toEqual([0, 1]);
    expect([cell.withdraw("m@i/main", 2), cell.withdraw("other@i/main", 1)]).toEqual([false, false]);
    expect(cell.withdraw("m@i/main", 1)).toBe(true);
    await first;
    expect(reasons).toEqual(["Aborted"]);
    expect(seen).toContain("aborts 8 the asker of act has aborted its ask");
    expect([cell.waitsFor(8), cell.openAsks()]).toEqual([false, []]);
  });

  test("names the sender still after an await, while others wait", async () => {
    const { open, opened } = gate();
    const { ask } = inside((ctx) => opened.then(() => ctx.sender));
    const answers = [ask("act", undefined, { sender: "b" }), ask("act", undefined, { sender: "d" })];
    open();
    await expect(Promise.all(answers)).resolves.toEqual(["b", "d"]);
  });

  test("tells, asks and starts others in the actor's name, and remembers whom it wrote to", async () => {
    const Other = defineActor({ ...head, name: "other" }).on("hi", { input: z.string() }, () => 1);
    const { cell, ask, seen, clock } = inside(async (ctx) => {
      const other = await ctx.start(Other, { id: "o" });
      await other.ask("hi", "x");
      return ctx.ref(Other, "p").tell("hi", "y");
    });
    await expect(ask("act")).resolves.toBe(true);
    expect(seen).toEqual(["starts o", "a asks o hi", "a tells p hi y"]);
    expect([...(cell.recentRecipients ?? [])]).toEqual([
      ["o", clock.now()],
      ["p", clock.now()],
    ]);
  });

  test("logs with the actor's id; data that cannot travel is logged as text, and never breaks the handler", async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const trap = {
      get x(): number {
        throw new Error("mine");
      },
    };
    const { ask, seen } = inside(({ log }) => {
      log.debug("plain", { n: 1 });
      log.info("function", { call: () => 1 });
      log.warn("circle", circle);
      log.error("trap", trap);
    });
    await ask("act");
    expect(seen[0]).toBe('debug a plain {"n":1}');
    expect(seen[1]).toMatch(/^info a function .*value.call is a function/);
    expect(seen[2]).toMatch(/^warn a circle .*or a circle/);
    expect(seen[3]).toMatch(/^error a trap .*mine/);
  });
});

describe("ctx.signal", () => {
  const waiting = () =>
    inside(
      (ctx) => new Promise<string>((resolve) => ctx.signal.addEventListener("abort", () => resolve(String(ctx.signal.reason)))),
    );

  test("aborts when its actor stops", async () => {
    const { cell, ask, clock } = waiting();
    const answer = ask("act");
    await clock.run(0);
    await cell.stop("stop", 100);
    await expect(answer).resolves.toMatch("the actor stops");
  });

  test("aborts at half the deadline of a move, so that the move still succeeds", async () => {
    const { cell, ask, clock } = waiting();
    const answer = ask("act");
    await clock.run(0);
    const sealed = cell.seal(100);
    await clock.run(49);
    expect(cell.inHand).toBeDefined();
    await clock.run(1);
    await expect(answer).resolves.toMatch("the actor is to move");
    await expect(sealed).resolves.toBe(true);
  });

  test("aborts when its ask has expired: its asker hears of the timeout first", async () => {
    const { cell, ask, clock } = waiting();
    const answer = ask("act", undefined, { expiresAtMs: clock.now() + 50 });
    await clock.run(50);
    expect(cell.inHand).toBeDefined();
    await clock.run(1);
    await expect(answer).resolves.toMatch("the ask has expired");
  });

  test("leaves no timer behind when its handler ends before the ask expires", async () => {
    const { ask, clock } = inside((ctx) => ctx.signal.aborted);
    await expect(ask("act", undefined, { expiresAtMs: clock.now() + 50 })).resolves.toBe(false);
    expect(clock.pending).toBe(0);
  });

  test("has aborted already where a handler looks at it for the first time after the stop", async () => {
    const { open, opened } = gate();
    const { cell, ask, clock } = inside((ctx) => opened.then(() => ctx.signal.aborted));
    const answer = ask("act");
    await clock.run(0);
    const stopped = cell.stop("stop", 100);
    open();
    await stopped;
    await expect(answer).resolves.toBe(true);
  });

  test("is each message's own: an expiry or an earlier abort does not reach the next", async () => {
    const { open, opened } = gate();
    const { cell, ask, clock } = inside(async (ctx) => ctx.signal.aborted || opened.then(() => ctx.signal.aborted));
    const first = ask("act", undefined, { expiresAtMs: clock.now() + 10 });
    await clock.run(0);
    const sealed = cell.seal(30);
    await clock.run(30);
    await expect(sealed).resolves.toBe(false);
    open();
    await expect(first).resolves.toBe(true);
    cell.unseal(2);
    await expect(ask("act")).resolves.toBe(false);
    expect(clock.pending).toBe(0);
  });

  test("that `init` looked at is not the first handler's", async () => {
    const aborted: boolean[] = [];
    const Early = defineActor({
      ...head,
      state: z.object({ early: z.boolean() }),
      init: (_, ctx) => ({ early: ctx.signal.aborted }),
    }).on("act", {}, (_, __, ctx) => {
      ctx.signal.addEventListener("abort", () => aborted.push(true));
      return new Promise(() => {});
    });
    const { cell, tell, clock } = stage(Early);
    cell.begin();
    tell("act", undefined, { ask: 9, expiresAtMs: clock.now() + 10 });
    await clock.run(11);
    expect(aborted).toEqual([true]);
  });
});

describe("the `ctx` of a life that is over", () => {
  const Other = defineActor({ ...head, name: "other" }).on("hi", {}, () => 1);
  /** All that code can do which the life left behind. */
  async function refusals(ctx: ActorContext): Promise<unknown[]> {
    const ref = ctx.ref(Other, "o");
    const calls = [
      () => ref.tell("hi"),
      () => ref.ask("hi"),
      () => ctx.start(Other, { id: "p" }),
      () => ctx.schedule("k", 1, "act"),
      () => ctx.job("file:///j.js", 1),
    ];
    return Promise.all(
      calls.map(async (call) => {
        try {
          return await call();
        } catch (error) {
          return (error as { code?: unknown }).code;
        }
      }),
    );
  }
  const all = Array.from({ length: 5 }, () => "ActorStopped");

  test.each([
    ["stopped by force", (cell: Cell) => cell.stop("stop", 10).catch(() => {})],
    ["departed", (cell: Cell) => cell.seal(1_000).then(() => cell.pack().then(() => void cell.depart()))],
  ])("refuses what %s life's code goes on with, and its signal stays aborted", async (_how, end) => {
    let kept: ActorContext | undefined;
    const { cell, ask, seen, clock } = inside((ctx) => {
      kept = ctx;
      return _how === "departed" ? undefined : new Promise(() => {});
    });
    ask("act").catch(() => {});
    await Promise.resolve().then(() => {});
    await Promise.all([end(cell), clock.run(20)]);
    if (kept === undefined) throw new Error("the handler did not run");
    expect(kept.signal.aborted).toBe(true);
    expect(await refusals(kept)).toEqual(all);
    expect(seen.filter((line) => /tells|asks|starts/.test(line))).toEqual([]);
  });

  test("is refused after a crash, while the next life has one of its own", async () => {
    const kept: ActorContext[] = [];
    const { ask } = inside((ctx) => {
      kept.push(ctx);
      if (kept.length === 1) throw new RangeError("crash");
      return ctx.ref(Other, "o").tell("hi");
    });
    await ask("act").catch(() => {});
    await expect(ask("act")).resolves.toBe(true);
    const [first, second] = kept as [ActorContext, ActorContext];
    expect([first.signal.aborted, second.signal.aborted]).toEqual([true, false]);
    expect(await refusals(first)).toEqual(all);
  });

  test("of an `init` that was given up is refused too", async () => {
    let kept: ActorContext | undefined;
    const Slow = defineActor({
      ...head,
      init: (_args: unknown, ctx) => {
        kept = ctx;
        return new Promise<Record<string, never>>(() => {});
      },
    });
    const { cell, clock } = stage(Slow);
    const begun = Promise.resolve(cell.begin()).catch((error: { code?: unknown }) => error.code);
    await clock.run(1_000);
    expect(await begun).toBe("StartFailed");
    expect(kept?.signal.aborted).toBe(true);
    expect(await refusals(kept as ActorContext)).toEqual(all);
  });
});

test("a signal that is read between two handlers is not the next one's", async () => {
  const kept: ActorContext[] = [];
  const { ask } = inside((ctx) => kept.push(ctx) && ctx.signal.aborted);
  await ask("act");
  const between = kept[0]?.signal;
  await expect(ask("act")).resolves.toBe(false);
  expect(kept[1]?.signal).not.toBe(between);
});

describe("ctx.scheduleAt, ctx.every, ctx.cron, ctx.now and ctx.random", () => {
  const set = (act: (ctx: ActorContext) => unknown) => {
    const all = stage(
      defineActor(head)
        .on("set", {}, (_, __, ctx) => act(ctx))
        .on("tick", {}, (_, __, ctx) => void ctx.log.info(`tick at ${ctx.now()}`)),
    );
    all.cell.begin();
    return all;
  };

  test("go by the clock and the chance of the host", async () => {
    const { ask, clock } = set((ctx) => [ctx.now(), ctx.random()]);
    await expect(ask("set")).resolves.toEqual([clock.wallMs(), 0]);
  });

  test("a timer is due at an instant, at once when that is past; one repeats until it is cancelled", async () => {
    const { ask, clock, seen } = set((ctx) => {
      ctx.scheduleAt("past", ctx.now() - 1, "tick");
      ctx.scheduleAt("at", ctx.now() + 5, "tick");
      ctx.every("every", 20, "tick");
    });
    await ask("set");
    await clock.run(50);
    expect(seen.filter((line) => line.includes("tick"))).toHaveLength(4);
  });

  test("a cron expression sends at its times", async () => {
    const { ask, clock, seen } = set((ctx) => ctx.cron("k", "*/10 * * * * *", "tick", undefined, { timeZone: "UTC" }));
    await ask("set");
    const firstMs = 10_000 * (Math.floor(clock.wallMs() / 10_000) + 1);
    await clock.run(30_000);
    const ticks = seen.filter((line) => line.includes("tick")).map((line) => Number(line.split(" ").at(-1)));
    expect(ticks).toEqual([firstMs, firstMs + 10_000, firstMs + 20_000]);
  });

  test.each([
    ["every: everyMs is 0", (ctx: ActorContext) => ctx.every("k", 0, "tick")],
    ["scheduleAt: atMs is NaN", (ctx: ActorContext) => ctx.scheduleAt("k", Number.NaN, "tick")],
    ['"0 3 * *"', (ctx: ActorContext) => ctx.cron("k", "0 3 * *", "tick")],
    ["that has a time to come", (ctx: ActorContext) => ctx.cron("k", "0 0 30 2 *", "tick")],
    ["IANA", (ctx: ActorContext) => ctx.cron("k", "0 3 * * *", "tick", undefined, { timeZone: "Vienna/Austria" })],
  ])("what they cannot take is refused by name: %s", async (text, act) => {
    await expect(set(act).ask("set")).rejects.toThrow(text);
  });
});

describe("ctx.schedule", () => {
  const Ticker = defineActor(head)
    .on("set", { input: z.number() }, (_, delayMs, ctx) => ctx.schedule("k", delayMs, "tick", { n: 1 }))
    .on("tick", { input: z.object({ n: z.int() }) }, (_, { n }, ctx) => ctx.log.info(`tick ${n} from ${ctx.sender}`))
    .on("bad", {}, (_, __, ctx) => ctx.schedule("k", 5, "tick", () => 1));

  test("sends the actor a message, once, through its mailbox", async () => {
    const { cell, tell, clock, seen, host } = stage(Ticker);
    cell.begin();
    tell("set", 10);
    await clock.run(100);
    expect(seen).toEqual(["info a tick 1 from a"]);
    expect([host.counts.get("sent"), host.counts.get("handled")]).toEqual([1, 2]);
  });

  test.each([-1, Number.POSITIVE_INFINITY])("refuses a delay of %s", async (delayMs) => {
    const { ask } = inside((ctx) => ctx.schedule("k", delayMs, "act"));
    await expect(ask("act")).rejects.toThrow(`schedule: delayMs is ${delayMs}; give a number of at least 0`);
  });

  test("refuses a delay that is no number, and an input that cannot travel", async () => {
    await expect(inside((ctx) => ctx.schedule("k", Number.NaN, "act")).ask("act")).rejects.toThrow("NaN");
    const { cell, ask } = stage(Ticker);
    cell.begin();
    await expect(ask("bad")).rejects.toThrow("input is a function");
  });

  test("refuses a `ctx` that was kept after the actor left or ended, so that no timer is lost in silence", async () => {
    let kept: ActorContext | undefined;
    const { cell, ask } = inside((ctx) => void (kept = ctx));
    await ask("act");
    await cell.seal(10);
    expect(() => kept?.schedule("k", 1, "act")).toThrow("moves, or has ended");
    cell.unseal(2);
    expect(() => kept?.schedule("k", 1, "act")).not.toThrow();
    await cell.stop("stop", 10);
    expect(() => kept?.schedule("k", 1, "act")).toThrow("is over");
  });
});

test("while an actor waits for room its mailbox owes no credit, and each message's credit is given once", async () => {
  const { cell, ask, tell, host, clock } = inside((ctx) => ctx.ready());
  const first = ask("act");
  tell("act");
  await clock.run(0);
  expect(host.counts.get("credit")).toBe(2);
  tell("act");
  expect(host.counts.get("credit")).toBe(3);
  host.openRoom();
  await first;
  tell("act");
  await clock.run(0);
  host.openRoom();
  await clock.run(0);
  expect(cell.waiting).toBe(1);
  expect(host.counts.get("credit")).toBe(4);
});

describe("ctx.job", () => {
  test("goes to the thread with the module's URL and the input; anything but a URL is refused at once", async () => {
    const { ask, seen } = inside((ctx) => {
      void ctx.job(new URL("file:///heavy.js"), 5);
      return ctx.job("./heavy.js", 5);
    });
    await expect(ask("act")).rejects.toMatchObject({ code: "HubConfigError", fields: { path: "module", given: "./heavy.js" } });
    expect(seen[0]).toBe("job file:///heavy.js 5");
  });

  test("ends when the handler is aborted, and when the handler ended without it", async () => {
    const told = inside((ctx) => ctx.job("file:///heavy.js", 1));
    const asked = told.ask("act").catch((error: unknown) => error);
    await told.clock.run(0);
    void told.cell.stop("stop", 1_000);
    await expect(asked).resolves.toMatchObject({ code: "ActorStopped", message: expect.stringMatching(/^ctx.job: .*\(stop\)$/) });

    let left: Promise<unknown> | undefined;
    const { ask } = inside((ctx) => {
      left = ctx.job("file:///heavy.js", 1);
    });
    await ask("act");
    await expect(left).rejects.toMatchObject({ name: "AbortError", message: "the handler ended before its job" });
  });
});

describe("what a handler gives as an id, a name or a key", () => {
  const odd: unknown[] = [undefined, null, 7, Symbol("s"), {}, [], "\ud800"];
  const calls: [string, (ctx: ActorContext, given: never) => unknown][] = [
    ["ctx.ref", (ctx, given) => ctx.ref(defineActor(head), given)],
    ["ctx.schedule", (ctx, given) => ctx.schedule(given, 1, "act")],
    ["ctx.schedule", (ctx, given) => ctx.schedule("k", 1, given)],
    ["ctx.cancel", (ctx, given) => ctx.cancel(given)],
  ];
  for (const [call, use] of calls)
    test.each(odd)(`is refused where ${call} takes it (case %#)`, async (given) => {
      await expect(inside((ctx) => void use(ctx, given as never)).ask("act")).rejects.toMatchObject({
        code: "HubConfigError",
        message: expect.stringMatching(new RegExp(`^${call}: `)),
      });
    });

  test("is refused as a reason, and as a definition", async () => {
    await expect(inside((ctx) => ctx.stopSelf(7 as never)).ask("act")).rejects.toMatchObject({ code: "HubConfigError" });
    await expect(inside((ctx) => ctx.ref(undefined as never, "x")).ask("act")).rejects.toMatchObject({ code: "HubConfigError" });
    await expect(inside((ctx) => ctx.start({} as never, { id: "x" })).ask("act")).rejects.toMatchObject({
      code: "HubConfigError",
    });
  });
});
