import { type ErrorCode, InvalidMessage } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import { diary } from "../fixtures/diary.js";
import { stage } from "../fixtures/stage.js";

const bare = { name: "bare", module: "file:///bare.js", state: z.object({ n: z.int() }) };
const code = (expected: ErrorCode, message: RegExp | string = "") =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) });

class Thenable {
  readonly #end: (resolve: (value: unknown) => void) => void;
  constructor(end: (resolve: (value: unknown) => void) => void) {
    this.#end = end;
  }
  // biome-ignore lint/suspicious/noThenProperty: what is not a Promise, and can be awaited, is the case under test
  then(resolve: (value: unknown) => void): void {
    this.#end(resolve);
  }
}

describe("a message", () => {
  test("is handled, and its ask gets the reply", async () => {
    const { cell, ask } = stage(diary().Diary);
    cell.begin();
    await expect(ask("write", "hello")).resolves.toBe(1);
    await expect(ask("read")).resolves.toEqual(["hello"]);
  });

  test("is handled in the order of arrival, one at a time, async handlers included", async () => {
    const { Diary, open } = diary();
    const { cell, tell, ask, clock } = stage(Diary);
    cell.begin();
    tell("slow", "a");
    tell("slow", "b");
    tell("write", "c");
    const all = ask("read");
    await clock.run(0);
    expect(cell.inHand?.name).toBe("slow");
    expect(cell.waiting).toBe(3);
    open();
    await expect(all).resolves.toEqual(["a begins", "a ends", "b begins", "b ends", "c"]);
    expect(cell.inHand).toBeUndefined();
  });

  test("that comes while the actor starts waits, and is handled without another to wake it", async () => {
    const Late = defineActor({ ...bare, init: async () => ({ n: 7 }) }).on("read", {}, ({ n }) => n);
    const { cell, ask } = stage(Late);
    const begun = cell.begin();
    const answer = ask("read");
    expect(cell.runnable).toBe(false);
    await begun;
    await expect(answer).resolves.toBe(7);
  });

  test.each<[string, string, unknown, RegExp]>([
    ["has no handler", "erase", undefined, /has no message "erase"; it has: write, read/],
    ["has no handler, though all objects have the name", "constructor", undefined, /has no message/],
    ["has a wrong input", "write", 5, /message write of actor diary/],
    ["has an input where there is none", "read", "x", /takes no input/],
  ])("that %s is refused, and the actor goes on", async (_, name, input, text) => {
    const { cell, ask, tell, seen, host } = stage(diary().Diary);
    cell.begin();
    await expect(ask(name, input)).rejects.toEqual(code("InvalidMessage", text));
    await expect(ask(name, input)).rejects.toMatchObject({ stack: expect.stringMatching(/^InvalidMessage: .*$/) });
    tell(name, input);
    await expect(ask("write", "fine")).resolves.toBe(1);
    expect(seen).toEqual([`dead ${name} InvalidMessage`]);
    expect(Object.fromEntries(host.counts)).toMatchObject({ refused: 2, deadLettered: 1, handled: 1 });
  });

  test("whose payload is garbage is refused", async () => {
    const { cell, ask } = stage(diary().Diary);
    cell.begin();
    await expect(ask("write", undefined, { payload: new Uint8Array([0xc1, 0xff]) })).rejects.toBeInstanceOf(InvalidMessage);
  });

  test("may take null as no input, as another language would send it", async () => {
    const { cell, ask } = stage(diary().Diary);
    cell.begin();
    await expect(ask("read", null)).resolves.toEqual([]);
  });
});

describe("a reply", () => {
  const Liar = defineActor({ ...bare, init: () => ({ n: 0 }) })
    .on("wrong", { output: z.int() }, () => "seven" as unknown as number)
    .on("closed", {}, () => ({ call: () => 1 }))
    .on(
      "throws",
      {
        output: z.string().transform((): string => {
          throw new Error("in a schema");
        }),
      },
      () => "x",
    )
    .on("trims", { output: z.string().trim() }, () => " x ")
    .on("thenable", {}, () => new Thenable((resolve) => resolve("at once")))
    .on(
      "badThenable",
      {},
      () =>
        new Thenable(() => {
          throw new Error("no promise");
        }),
    );

  test.each<[string, ErrorCode, RegExp]>([
    ["wrong", "InvalidReply", /the reply of actor bare to wrong/],
    ["closed", "NotSerializable", /reply.call is a function/],
    ["throws", "InvalidReply", /cannot be sent/],
  ])("%s: the asker is told, and the actor is not restarted", async (name, expected, text) => {
    const { cell, ask, seen } = stage(Liar);
    cell.begin();
    await expect(ask(name)).rejects.toEqual(code(expected, text));
    expect(seen).toEqual([]);
  });

  test("goes as its schema gives it", async () => {
    const { cell, ask } = stage(Liar);
    cell.begin();
    await expect(ask("trims")).resolves.toBe("x");
  });

  test("may come from anything with a `then`, also one that throws", async () => {
    const { cell, ask } = stage(Liar);
    cell.begin();
    await expect(ask("thenable")).resolves.toBe("at once");
    await expect(ask("badThenable")).rejects.toThrow("no promise");
  });
});

describe("the mailbox", () => {
  test("refuses what goes beyond its limit, gives its credit back, and takes again when it has room", async () => {
    const { cell, ask, tell, seen, host } = stage(diary().Diary, { limits: { mailbox: 2 } });
    const first = ask("write", "1");
    const second = ask("write", "2");
    const stack = expect.stringMatching(/^MailboxFull: .*$/);
    await expect(ask("write", "3")).rejects.toMatchObject({
      code: "MailboxFull",
      message: expect.stringContaining("its limit of 2"),
      stack,
    });
    tell("write", "4");
    expect(seen).toEqual(["dead write MailboxFull"]);
    expect(host.counts.get("credit")).toBe(2);
    cell.begin();
    await expect(Promise.all([first, second])).resolves.toEqual([1, 2]);
    await expect(ask("write", "5")).resolves.toBe(3);
    expect(host.counts.get("credit")).toBe(5);
  });

  test("lets an ask go whose time is over, unhandled", async () => {
    const { cell, tell, ask, host, clock } = stage(diary().Diary);
    tell("write", "late", { ask: 99, expiresAtMs: clock.now() + 10 });
    tell("write", "in time", { ask: 98, expiresAtMs: clock.now() + 11 });
    await clock.run(10);
    cell.begin();
    await expect(ask("read")).resolves.toEqual(["in time"]);
    expect(host.counts.get("expired")).toBe(1);
  });

  test("answers a marker as soon as it has what came before", () => {
    const { cell, tell, marker, seen } = stage(diary().Diary);
    tell("write", "x");
    cell.take(marker(7));
    expect(seen).toEqual(["markerMet 7"]);
  });
});

describe("a start", () => {
  const Counter = defineActor({ ...bare, args: z.object({ from: z.int().default(3) }), init: ({ from }) => ({ n: from }) }).on(
    "read",
    {},
    ({ n }) => n,
  );

  test("gets its arguments as the schema gives them, defaults included", async () => {
    for (const [args, n] of [
      [{ from: 5 }, 5],
      [{}, 3],
      [undefined, 3],
    ] as const) {
      const { cell, ask } = stage(Counter, { args });
      cell.begin();
      await expect(ask("read")).resolves.toBe(n);
    }
  });

  test("with wrong arguments or a wrong first state throws", async () => {
    expect(() => stage(Counter, { args: { from: "x" } }).cell.begin()).toThrow(
      code("InvalidMessage", /args of actor bare: from/),
    );
    const Wrong = defineActor({ ...bare, init: () => ({ n: 0.5 }) });
    expect(() => stage(Wrong).cell.begin()).toThrow(code("InvalidState", /state of actor bare: n/));
    const WrongLater = defineActor({ ...bare, init: async () => ({ n: 0.5 }) });
    await expect(stage(WrongLater).cell.begin()).rejects.toEqual(code("InvalidState"));
  });

  test("with a first state that cannot travel throws, with the path to it; a `handoff` may take any", () => {
    class Board {
      readonly cells = [1];
    }
    const head = { ...bare, state: z.object({ board: z.any() }), init: () => ({ board: { cells: [new Board()] } }) };
    const Boards = defineActor(head);
    expect(() => stage(Boards).cell.begin()).toThrow(
      code("NotSerializable", /^state\.board\.cells\[0\] is an instance of Board, .*\.handoff/),
    );
    const Travels = Boards.handoff({ prepare: () => 1, restore: () => ({ board: new Board() }) });
    expect(() => stage(Travels).cell.begin()).not.toThrow();
  });

  test("shares its first state and its arguments with no other life", async () => {
    const spoilt = { items: ["first"] };
    const Shares = defineActor({
      ...bare,
      args: z.object({ list: z.any() }),
      state: z.object({ cart: z.any(), more: z.object({ items: z.array(z.string()) }).default({ items: [] }) }),
      init: ({ list }) => {
        list.push("by init");
        return { cart: spoilt };
      },
    }).on("add", {}, (state) => {
      state.cart.items.push("x");
      return [state.cart.items.length, state.more.items.push("x")];
    });
    const args = { list: [] };
    for (const { cell, ask } of [stage(Shares, { args }), stage(Shares, { args })]) {
      cell.begin();
      await expect(ask("add")).resolves.toEqual([2, 1]);
    }
    expect(args).toEqual({ list: [] });
  });

  test("runs `started` before the first message, and waits for it", async () => {
    const Started = defineActor({ ...bare, init: () => ({ n: 0 }) })
      .lifecycle({
        started: async (state) => {
          await undefined;
          state.n = 5;
        },
      })
      .on("read", {}, ({ n }) => n);
    const { cell, ask } = stage(Started);
    const answer = ask("read");
    await cell.begin();
    await expect(answer).resolves.toBe(5);
  });

  test.each([
    [
      "at once",
      () => {
        throw new Error("no start");
      },
    ],
    [
      "later",
      async () => {
        throw new Error("no start");
      },
    ],
  ])("that fails %s gives back what had come, and leaves no timer", async (_, init) => {
    const Failing = defineActor({
      ...bare,
      init: (__, ctx) => {
        ctx.schedule("tick", 5, "tick");
        return init() as never;
      },
    });
    const { cell, tell, marker, clock, seen } = stage(Failing);
    tell("write", "early");
    cell.take(marker(1));
    await expect((async () => cell.begin())()).rejects.toThrow("no start");
    expect(cell.discard()).toEqual([expect.objectContaining({ name: "write" })]);
    expect(clock.pending).toBe(0);
    expect(seen).toEqual(["markerMet 1"]);
  });
});

describe("what a thread does with a cell", () => {
  test("it joins the run queue once, while it has something to handle", () => {
    const { cell, host, tell } = stage(diary().Diary);
    host.wake = () => {};
    void cell.begin();
    expect(cell.joinQueue()).toBe(false);
    tell("write", "a");
    expect([cell.joinQueue(), cell.joinQueue()]).toEqual([true, false]);
    cell.leaveQueue();
    expect(cell.joinQueue()).toBe(true);
  });

  test("a handler that takes long is reported once", async () => {
    const { cell, tell, clock } = stage(diary().Diary);
    void cell.begin();
    tell("slow", "a");
    await clock.run(0);
    const nowMs = clock.now();
    expect(cell.stuck(nowMs + 9, 10)).toBeUndefined();
    expect([cell.stuck(nowMs + 10, 10), cell.stuck(nowMs + 20, 10)]).toEqual([{ message: "slow", forMs: 10 }, undefined]);
  });

  test("each reserved epoch is another, and above all that were", () => {
    const { cell } = stage(diary().Diary);
    void cell.begin();
    expect([cell.reserveEpoch(), cell.reserveEpoch(), cell.epoch]).toEqual([2, 3, 1]);
    cell.unseal(9);
    expect([cell.epoch, cell.phase, cell.reserveEpoch()]).toEqual([9, "running", 10]);
    expect(() => cell.unseal(9)).toThrow("an actor goes on under a higher epoch: a at 9: 9");
  });

  test("a replica that becomes the actor has its epoch and its birth", () => {
    const { cell } = stage(diary().Diary);
    cell.promote(7, { name: "next", restarts: 1, bornAtMs: 42 });
    expect([cell.epoch, cell.usedEpoch, cell.life.name]).toEqual([7, 7, "next"]);
  });

  test("halted, it fires no timer", async () => {
    const { cell, clock, seen } = stage(diary().Diary);
    void cell.begin();
    cell.context.schedule("k", 5, "write", "a");
    cell.halt();
    await clock.run(10);
    expect([cell.waiting, seen]).toEqual([0, []]);
  });
});
