import { settle } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import { stage } from "../fixtures/stage.js";

/** A source of numbers, which notes how its generators end. */
function source(onError: "resume" | "restart" = "resume") {
  const ends: string[] = [];
  const gates: (() => void)[] = [];
  const head = { name: "source", module: "file:///source.js", state: z.object({ n: z.int() }), init: () => ({ n: 0 }), onError };
  const Source = defineActor(head)
    .stream("count", { input: z.int(), item: z.int() }, async function* (state, upTo, ctx) {
      try {
        for (let n = 1; n <= upTo; n++) {
          state.n = n;
          yield n;
        }
        ends.push("complete");
      } finally {
        ends.push(ctx.signal.aborted ? (ctx.signal.reason as { code: string }).code : "finally");
      }
    })
    .stream("slow", { item: z.int() }, async function* (_state, _input, ctx) {
      try {
        yield 1;
        await new Promise<void>((resolve) => {
          gates.push(resolve);
          ctx.signal.addEventListener("abort", () => resolve());
        });
        yield 2;
      } finally {
        ends.push("slow ends");
      }
    })
    .stream("deaf", {}, async function* () {
      yield await new Promise<number>(() => {});
    })
    .stream("sync", {}, () => [1, 2, 3])
    .stream("bad", { item: z.string() }, async function* () {
      yield 1 as unknown as string;
    })
    .stream("throws", {}, async function* () {
      yield 1;
      throw new RangeError("no more");
    })
    .stream("none", {}, (() => 5) as never)
    .stream("later", {}, async function* (_state, _input, ctx) {
      yield ctx.replyLater();
    })
    .on("crash", {}, () => {
      throw new Error("crash");
    })
    .on("n", {}, (state) => state.n)
    .lifecycle({});
  const set = stage(Source);
  set.cell.begin();
  const room = (items: number): void => set.cell.more("m@i/main", 1, items);
  return { ...set, ends, open: () => gates.shift()?.(), room };
}

describe("a stream", () => {
  test("begins, goes on while its reader has room, and ends", async () => {
    const { ask, host, room, ends, seen } = source();
    const ended = ask("count", 40);
    await settle();
    expect([host.items[0], host.items.length]).toEqual([[0, null], 33]);
    expect(await ask("n")).toBe(33 - 1);
    room(16);
    await expect(ended).resolves.toBeUndefined();
    expect(host.items.map(([index, item]) => item ?? index)).toEqual(Array.from({ length: 41 }, (_, n) => n));
    expect(ends).toEqual(["complete", "finally"]);
    expect(seen).toEqual(["streaming count true", "streaming count false"]);
  });

  test("is sent no further than a window by a reader that claims more room than that", async () => {
    const { ask, host, room, cell } = source();
    const cut = ask("count", 1_000).catch(() => {});
    await settle();
    room(1_000_000);
    await settle();
    expect(host.items).toHaveLength(1 + 32 + 32);
    cell.withdraw("m@i/main", 1);
    await cut;
  });

  test("is ended where it waits for its reader, when that has gone; its finally runs", async () => {
    const { ask, cell, ends } = source();
    const cut = expect(ask("count", 100)).rejects.toMatchObject({ code: "StreamCut" });
    await settle();
    expect(cell.withdraw("m@i/main", 1)).toBe(true);
    await cut;
    expect([ends, cell.isIdle]).toEqual([["Aborted"], true]);
  });

  test("is ended at its next yield where it waits for something else", async () => {
    const { ask, cell, ends, host } = source();
    const cut = expect(ask("slow")).rejects.toMatchObject({ code: "StreamCut", fields: { items: 1 } });
    await settle();
    cell.withdraw("m@i/main", 1);
    await cut;
    expect([ends, host.items]).toEqual([
      ["slow ends"],
      [
        [0, null],
        [1, 1],
      ],
    ]);
  });

  test("runs beside other handlers, and does not hold up a move: it is cut, and not waited for beyond half of the time", async () => {
    const { ask, cell, clock, ends } = source();
    const first = expect(ask("count", 100)).rejects.toMatchObject({ code: "StreamCut", fields: { items: 32 } });
    const second = expect(ask("deaf")).rejects.toMatchObject({ code: "StreamCut" });
    await settle();
    await expect(ask("n")).resolves.toBe(32);
    const sealed = cell.seal(100);
    await first;
    expect(ends).toEqual(["Move"]);
    await clock.run(60);
    await second;
    await expect(sealed).resolves.toBe(true);
  });

  test("ends with a stop of its actor", async () => {
    const { ask, cell, ends } = source();
    const cut = expect(ask("count", 100)).rejects.toMatchObject({ code: "StreamCut" });
    await settle();
    await cell.stop("done", 50);
    await cut;
    expect(ends).toEqual(["Stop"]);
  });

  test("ends when its actor stops itself, after what waits", async () => {
    const { ask, cell, ends, tell } = source();
    const cut = expect(ask("count", 100)).rejects.toMatchObject({ code: "StreamCut" });
    await settle();
    cell.context.stopSelf();
    tell("sync");
    await cut;
    await settle();
    expect([ends, cell.phase]).toEqual([["Stop"], "ended"]);
  });

  test("ends when the time of its ask is over", async () => {
    const { ask, cell, ends, clock } = source();
    const cut = expect(ask("count", 100, { expiresAtMs: clock.now() + 50 })).rejects.toMatchObject({ code: "StreamCut" });
    await clock.run(49);
    expect(ends).toEqual([]);
    await clock.run(2);
    await cut;
    expect([ends, cell.isIdle]).toEqual([["Expired"], true]);
  });

  test("ends with a life that crashes", async () => {
    const { ask, ends, cell } = source("restart");
    const cut = expect(ask("count", 100)).rejects.toMatchObject({ code: "OutcomeUnknown" });
    await settle();
    await expect(ask("crash")).rejects.toThrow("crash");
    await cut;
    await settle();
    expect([ends, cell.isIdle, await ask("n")]).toEqual([["Stop"], true, 0]);
  });

  test("waits while its node may not serve", async () => {
    const { ask, host, clock } = source();
    host.isFenced = true;
    const ended = ask("sync");
    await clock.run(100);
    expect(host.items).toEqual([[0, null]]);
    host.isFenced = false;
    await clock.run(30);
    await ended;
    expect(host.items).toHaveLength(4);
  });

  test("does not put its end off", async () => {
    await expect(source().ask("later")).rejects.toThrow("later of actor source is a stream, whose end is its answer");
  });

  test("may be of any iterable", async () => {
    const { ask, host } = source();
    await ask("sync");
    expect(host.items).toEqual([
      [0, null],
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  test.each([
    ["throws", { message: "no more" }],
    ["bad", { code: "InvalidReply" }],
    ["none", { code: "InvalidReply", message: expect.stringContaining("no generator") }],
  ])("that %s fails with that, and its actor goes on", async (name, error) => {
    const { ask, cell } = source();
    await expect(ask(name)).rejects.toMatchObject(error);
    expect([cell.isIdle, await ask("n")]).toEqual([true, 0]);
  });

  test("is not told", async () => {
    const { tell, seen } = source();
    tell("sync");
    await settle();
    expect(seen).toEqual(["dead sync InvalidMessage"]);
  });
});

test("a definition says what a stream takes", () => {
  const head = { name: "a", module: "file:///a.js", state: z.object({}), init: () => ({}) };
  expect(() => defineActor(head).stream("s", { output: z.int() } as never, () => [])).toThrow(/stream "s".*output/s);
  expect(() => defineActor(head).stream("s", {}, 7 as never)).toThrow(/stream "s".*takes a function/s);
  expect(() =>
    defineActor(head)
      .on("s", {}, () => 1)
      .stream("s", {}, () => []),
  ).toThrow(/defined twice/);
});
