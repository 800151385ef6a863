import { encode } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import type { OnError } from "../definition/on-error.js";
import { diary } from "../fixtures/diary.js";
import { gate } from "../fixtures/gate.js";
import { stage } from "../fixtures/stage.js";
import { openState, stateBytes } from "./state-wire.js";

const onError: OnError = "restart";
const head = { name: "m", module: "file:///m.js", state: z.object({ n: z.int() }), onError, init: () => ({ n: 0 }) };
const names = (mail: Iterable<object>): unknown[] => [...mail].map((item) => ("name" in item ? item.name : item));

describe("a seal", () => {
  test("stops the handling at once when nothing is in hand; mail still joins the mailbox", async () => {
    const { cell, tell, marker, seen, clock } = stage(diary().Diary);
    cell.begin();
    await expect(cell.seal(100)).resolves.toBe(true);
    tell("write", "x");
    cell.take(marker(1));
    await clock.run(10);
    expect(names(cell.mailbox)).toEqual(["write"]);
    expect(seen).toEqual(["markerMet 1"]);
  });

  test("lets the handler in hand end, and no other begin", async () => {
    const { Diary, open } = diary();
    const { cell, ask, tell, clock } = stage(Diary);
    cell.begin();
    const slow = ask("slow", "a");
    tell("write", "b");
    await clock.run(0);
    const sealed = cell.seal(100);
    open();
    await expect(sealed).resolves.toBe(true);
    await expect(slow).resolves.toBe("a");
    expect(openState(await cell.pack()).state).toEqual({ lines: ["a begins", "a ends"] });
    expect(names(cell.mailbox)).toEqual(["write"]);
    expect(clock.pending).toBe(0);
  });

  test("that was given up leaves the timers to the next", async () => {
    const { Diary, open } = diary();
    const { cell, ask, clock } = stage(Diary);
    cell.begin();
    const slow = ask("slow", "a");
    await clock.run(0);
    cell.timers.set("t", 1_000, { name: "write", payload: encode("x") });
    const first = cell.seal(100, () => true);
    cell.unseal(5);
    const second = cell.seal(100);
    open();
    await slow;
    expect([await first, await second]).toEqual([false, true]);
    expect(cell.frozenTimers).toMatchObject([{ key: "t" }]);
  });

  test("takes a timer whose message waits along as a timer: it comes once, and can still be cancelled", async () => {
    const { Diary, open } = diary();
    const { cell, ask, clock, host } = stage(Diary);
    cell.begin();
    const slow = ask("slow", "a");
    await clock.run(0);
    cell.timers.set("t", 5, { name: "write", payload: encode("tick") });
    await clock.run(5);
    expect(names(cell.mailbox)).toEqual(["write"]);
    const sealed = cell.seal(100);
    open();
    await slow;
    expect(await sealed).toBe(true);
    expect([names(cell.mailbox), cell.frozenTimers]).toEqual([
      [],
      [{ key: "t", inMs: 0, name: "write", payload: encode("tick") }],
    ]);
    cell.unseal(2);
    await clock.run(5);
    await expect(ask("read")).resolves.toEqual(["a begins", "a ends", "tick"]);
    expect([host.counts.get("sent"), host.counts.get("expired")]).toEqual([2, 1]);
  });

  test("lets a handler that throws restart the actor first", async () => {
    const { Diary, open } = diary();
    const { cell, ask, clock } = stage(Diary);
    cell.begin();
    await ask("write", "before");
    const failing = ask("failLater", "x");
    await clock.run(0);
    const sealed = cell.seal(100);
    open();
    await expect(failing).rejects.toThrow("x");
    await expect(sealed).resolves.toBe(true);
    expect(openState(await cell.pack()).state).toEqual({ lines: [] });
  });

  test("waits for the slow restart that its last handler brought about", async () => {
    const { open, opened } = gate();
    let starts = 0;
    const Slow = defineActor({ ...head, init: () => (starts++ === 0 ? { n: 0 } : opened.then(() => ({ n: 7 }))) }).on(
      "fail",
      {},
      () => Promise.reject(new Error("x")),
    );
    const { cell, tell, clock } = stage(Slow);
    cell.begin();
    tell("fail");
    await Promise.resolve();
    const order: string[] = [];
    const sealed = cell.seal(100).then((done) => order.push(`sealed: ${done}`));
    await clock.run(10);
    order.push("opened");
    open();
    await sealed;
    expect(order).toEqual(["opened", "sealed: true"]);
    expect(openState(await cell.pack()).state).toEqual({ n: 7 });
  });

  test("fails at the deadline, and the actor goes on under a fresh epoch", async () => {
    const { Diary, open } = diary();
    const { cell, ask, clock } = stage(Diary);
    cell.begin();
    const slow = ask("slow", "a");
    await clock.run(0);
    const sealed = cell.seal(100);
    await clock.run(100);
    await expect(sealed).resolves.toBe(false);
    cell.unseal(5);
    expect(cell.epoch).toBe(5);
    const rest = ask("read");
    open();
    await expect(slow).resolves.toBe("a");
    await expect(rest).resolves.toEqual(["a begins", "a ends"]);
  });

  test.each<[string, string, object]>([
    ["its last handler says stopSelf", "leave", {}],
    ["it crashes for good", "fail", { restart: "temporary" }],
  ])("is false when the actor ends instead: %s", async (_, name, spec) => {
    const Brief = defineActor(head)
      .on("leave", {}, async (__, ___, ctx) => ctx.stopSelf())
      .on("fail", {}, () => Promise.reject(new Error("x")));
    const { cell, tell, clock, seen } = stage(Brief, spec);
    cell.begin();
    tell(name);
    await Promise.resolve();
    expect(cell.inHand?.name).toBe(name);
    await expect(cell.seal(100)).resolves.toBe(false);
    expect(cell.phase).toBe("ended");
    cell.unseal(9);
    expect(cell.phase).toBe("ended");
    expect(seen.at(-1)).toMatch(/^ended/);
    expect(clock.pending).toBe(0);
  });

  test("of what has ended is false, and does not wake the dead", async () => {
    const { cell } = stage(diary().Diary);
    cell.begin();
    await cell.stop("stop", 10);
    await expect(cell.seal(100)).resolves.toBe(false);
    expect(cell.phase).toBe("ended");
  });
});

describe("a move that does not take place", () => {
  test("goes on at the source with the mail that waited and then the mail of the meantime, in order, markers included", async () => {
    const { cell, ask, tell, marker, seen } = stage(diary().Diary);
    cell.begin();
    await ask("write", "1");
    await cell.seal(100);
    tell("write", "2");
    await cell.pack();
    tell("write", "3");
    cell.take(marker(1));
    const all = ask("read");
    expect(seen).toEqual([]);
    expect(cell.waiting).toBe(3);
    cell.unseal(2);
    expect(seen).toEqual(["markerMet 1"]);
    await expect(all).resolves.toEqual(["1", "2", "3"]);
  });

  test("ends an actor that said stopSelf while it was away", async () => {
    let quit = (): void => {};
    const Quitter = defineActor(head).on("keep", {}, (_, __, ctx) => {
      quit = () => ctx.stopSelf("late");
    });
    const { cell, ask, seen } = stage(Quitter);
    cell.begin();
    await ask("keep");
    await cell.seal(100);
    await cell.pack();
    quit();
    expect(cell.phase).toBe("sent");
    cell.unseal(2);
    expect(seen).toEqual(["ended: late"]);
  });

  test("keeps what came meanwhile within the mailbox's limit", async () => {
    const { cell, ask, tell, seen } = stage(diary().Diary, { limits: { mailbox: 2 } });
    cell.begin();
    await cell.seal(100);
    tell("write", "1");
    await cell.pack();
    tell("write", "2");
    tell("write", "3");
    expect(seen).toEqual(["dead write MailboxFull"]);
    cell.unseal(2);
    await Promise.resolve();
    await expect(ask("read")).resolves.toEqual(["1", "2"]);
  });

  test.each<[string, () => unknown, string]>([
    [
      "throws",
      () => {
        throw new Error("not now");
      },
      "not now",
    ],
    ["gives what cannot travel", () => ({ call: () => 1 }), "state.call is a function"],
  ])("because `prepare` %s leaves it sealed, and able to go on", async (_, prepare, text) => {
    const { cell, ask } = stage(
      defineActor(head)
        .handoff({ prepare, restore: () => ({ n: 0 }) })
        .on("read", {}, ({ n }) => n),
    );
    cell.begin();
    await cell.seal(100);
    await expect(cell.pack()).rejects.toThrow(text);
    expect(cell.phase).toBe("sealed");
    cell.unseal(2);
    await expect(ask("read")).resolves.toBe(0);
  });
});

describe("a hook of a move that does not end in time", () => {
  const { open, opened } = gate();
  const Slow = defineActor(head)
    .handoff({ prepare: (state) => opened.then(() => state), restore: (wire: { n: number }) => opened.then(() => wire) })
    .on("add", {}, (state) => ++state.n);

  test("`prepare`: named, and its late state is nobody's; the actor is sealed, and able to go on", async () => {
    const { cell, ask, clock } = stage(Slow);
    cell.begin();
    await cell.seal(100);
    const packed = expect(cell.pack()).rejects.toThrow("handoff.prepare of actor a did not end within 300 ms");
    const sooner = expect(cell.pack(50)).rejects.toThrow("within 50 ms");
    await clock.run(300);
    await Promise.all([packed, sooner]);
    cell.unseal(2);
    await cell.seal(100);
    open();
    await clock.run(0);
    expect([cell.phase, clock.pending]).toEqual(["sealed", 0]);
    cell.unseal(3);
    await expect(ask("add")).resolves.toBe(1);
  });

  test("`prepare` of a move that was given up: the actor is not sent when it ends", async () => {
    const { cell } = stage(Slow);
    cell.begin();
    await cell.seal(100);
    await expect(cell.pack(100, () => true)).rejects.toThrow("ended while it was to move");
    expect(cell.phase).toBe("sealed");
  });

  test("`restore`: named, and its `ctx` is over", async () => {
    let signal: AbortSignal | undefined;
    const Hangs = defineActor(head).handoff({
      prepare: (state) => state,
      restore: (_, __, ctx) => new Promise<never>(() => (signal = ctx.signal)),
    });
    const { cell, clock } = stage(Hangs);
    const loaded = expect(cell.load(stateBytes({ n: 1 }), [], { timers: [] })).rejects.toThrow(
      "handoff.restore of actor a did not end within 300 ms",
    );
    await clock.run(300);
    await loaded;
    expect([cell.phase, signal?.aborted]).toEqual(["ended", true]);
  });
});

describe("a move", () => {
  test("gives the source the messages that moved, and the mail that came since, to be passed on", async () => {
    const { cell, tell, marker } = stage(diary().Diary);
    cell.begin();
    await cell.seal(100);
    tell("write", "waited");
    await cell.pack();
    tell("read");
    cell.take(marker(3));
    const { moved, arrivals } = cell.depart();
    expect(names(moved)).toEqual(["write"]);
    expect(names(arrivals)).toEqual(["read", expect.objectContaining({ markerId: 3 })]);
    expect(cell.phase).toBe("ended");
  });

  test("runs at the target from the commit on: state, mailbox, then what came early", async () => {
    const { cell, ask, tell, envelope, marker, seen } = stage(diary().Diary);
    await cell.load(stateBytes({ lines: ["0"] }), [envelope("write", "1"), envelope("write", "2")], { timers: [] });
    tell("write", "3");
    cell.take(marker(8));
    const all = ask("read");
    expect([cell.phase, cell.runnable, seen]).toEqual(["loaded", false, []]);
    cell.commit();
    expect(seen).toEqual(["markerMet 8"]);
    await expect(all).resolves.toEqual(["0", "1", "2", "3"]);
  });

  test("given up at the target hands back what came early, and not the mailbox, which is the source's", async () => {
    const { cell, envelope, tell, marker } = stage(diary().Diary);
    await cell.load(stateBytes({ lines: [] }), [envelope("write", "1")], {
      timers: [{ key: "k", inMs: 1, name: "read", payload: encode(undefined) }],
    });
    tell("read");
    cell.take(marker(2));
    expect(names(cell.discard())).toEqual(["read", expect.objectContaining({ markerId: 2 })]);
    cell.commit();
    expect(cell.phase).toBe("ended");
  });

  test("of a state that does not fit is refused by the target", async () => {
    const { cell } = stage(diary().Diary);
    await expect(cell.load(stateBytes({ lines: [5] }), [], { timers: [] })).rejects.toEqual(
      expect.objectContaining({ code: "InvalidState" }),
    );
    await expect(cell.load(new Uint8Array([0xc1, 1]), [], { timers: [] })).rejects.toThrow();
  });

  test.each<[string, z.ZodType, unknown]>([
    ["made by a transform", z.object({ price: z.number().transform((cents) => cents / 100) }), { price: 50 }],
    ["of another type than its input", z.object({ at: z.string().transform((text) => new Date(text)) }), { at: new Date(5) }],
    ["with a key beside its schema", z.object({ n: z.number() }), { n: 1, extra: 7 }],
    ["beyond a limit of its schema", z.object({ n: z.number().max(10) }), { n: 11 }],
  ])("of a state %s arrives as it was", async (_, state, was) => {
    const Any = defineActor({ name: "any", module: "file:///any.js", state, init: () => ({}) }).on("read", {}, (now) => now);
    const { cell, ask } = stage(Any);
    await cell.load(stateBytes(was), [], { timers: [] });
    cell.commit();
    await expect(ask("read")).resolves.toStrictEqual(was);
  });

  test("carries a state that is no plain data by `prepare` and `restore`", async () => {
    class Purse {
      readonly coins: number;
      constructor(coins: number) {
        this.coins = coins;
      }
    }
    const Owner = defineActor({
      ...head,
      state: z.instanceof(Purse),
      args: z.object({ owner: z.string() }),
      init: () => new Purse(7),
    })
      .handoff({
        prepare: async (purse) => purse.coins,
        restore: async (coins, args, ctx) =>
          new Purse(z.int().parse(coins) + (ctx.id === "a" && (args as { owner: string }).owner === "o" ? 100 : 0)),
      })
      .on("read", {}, (purse) => purse.coins);
    const source = stage(Owner, { args: { owner: "o" } });
    source.cell.begin();
    await source.cell.seal(100);
    const target = stage(Owner, { args: { owner: "o" } });
    await target.cell.load(await source.cell.pack(), [], { timers: [] });
    target.cell.commit();
    await expect(target.ask("read")).resolves.toBe(107);
  });
});

describe("timers that move", () => {
  const Ticker = defineActor(head)
    .on("set", { input: z.int() }, (_, inMs, ctx) => ctx.schedule("tick", inMs, "tick"))
    .on("setLater", { input: z.int() }, async (_, inMs, ctx) => {
      await undefined;
      ctx.schedule("tick", inMs, "tick");
    })
    .on("cancelLater", {}, async (_, __, ctx) => {
      await undefined;
      return ctx.cancel("tick");
    })
    .on("tick", {}, (state) => ++state.n)
    .on("read", {}, ({ n }) => n);

  test("freeze with the seal, and go on with the time they had left, here or there", async () => {
    const { cell, ask, clock } = stage(Ticker);
    cell.begin();
    await ask("set", 100);
    await clock.run(30);
    await cell.seal(100);
    const state = await cell.pack();
    await clock.run(500);
    expect(cell.frozenTimers).toEqual([expect.objectContaining({ key: "tick", inMs: 70, name: "tick" })]);
    const target = stage(Ticker);
    await target.cell.load(state, [], { timers: cell.frozenTimers });
    target.cell.commit();
    cell.unseal(2);
    for (const { ask: read, clock: time } of [{ ask, clock }, target]) {
      await time.run(69);
      await expect(read("read")).resolves.toBe(0);
      await time.run(1);
      await expect(read("read")).resolves.toBe(1);
    }
  });

  test("set or dropped by the last handler before the seal are as that handler left them", async () => {
    const setting = stage(Ticker);
    setting.cell.begin();
    setting.tell("setLater", 40);
    await Promise.resolve();
    expect(setting.cell.inHand?.name).toBe("setLater");
    await setting.cell.seal(100);
    expect(setting.cell.frozenTimers).toEqual([expect.objectContaining({ key: "tick", inMs: 40 })]);

    const dropping = stage(Ticker);
    dropping.cell.begin();
    await dropping.ask("set", 40);
    const dropped = dropping.ask("cancelLater");
    await Promise.resolve();
    await dropping.cell.seal(100);
    await expect(dropped).resolves.toBe(true);
    expect(dropping.cell.frozenTimers).toEqual([]);
  });

  test("do not fire into a cell that has left", async () => {
    const { cell, ask, clock } = stage(Ticker);
    cell.begin();
    await ask("set", 10);
    await cell.seal(100);
    await cell.pack();
    cell.depart();
    await clock.run(100);
    expect(clock.pending).toBe(0);
  });
});
