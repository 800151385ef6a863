import { settle } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import { stage } from "../fixtures/stage.js";

/** A lock, whose holders are let in one after the other. */
const Lock = defineActor({
  ...{ name: "lock", module: "file:///lock.js", onError: "restart", autoStart: () => undefined, idleAfterMs: 20 },
  state: z.object({ holder: z.string().optional(), waiting: z.array(z.string()) }),
  init: (): { holder?: string | undefined; waiting: string[] } => ({ waiting: [] }),
})
  .on("lock", { input: z.string(), output: z.string() }, (state, who, ctx) => {
    const token = ctx.replyLater();
    if (state.holder === undefined) {
      state.holder = token;
      ctx.reply(token, `${who} is first`);
    } else state.waiting.push(token);
    return token;
  })
  .on("unlock", {}, (state, _, ctx) => {
    state.holder = undefined;
    for (let next = state.waiting.shift(); next !== undefined; next = state.waiting.shift()) {
      if (!ctx.reply(next, "yours")) continue;
      state.holder = next;
      return true;
    }
    return false;
  })
  .on("wrong", {}, (state, _, ctx) => ctx.reply(state.waiting.shift() ?? "", 7))
  .on("refuse", {}, (state, _, ctx) => ctx.refuse(state.waiting.shift() ?? "", new RangeError("no more")))
  .on("fail", { output: z.string() }, (state, _, ctx) => {
    state.waiting.push(ctx.replyLater());
    throw new RangeError("bad");
  })
  .on("beside", { output: z.string(), concurrent: "mutates" }, async (state, _, ctx) => {
    const token = ctx.replyLater();
    state.waiting.push(token);
    return token;
  })
  .on("late", {}, (_state, _input, ctx) => {
    ctx.task("t", (_signal, its) => its.replyLater(), { failed: "told" });
  })
  .on("told", { input: z.unknown() }, (state, error) => void state.waiting.push(String(error)))
  .on("seen", {}, (state) => state);

function locked() {
  const set = stage(Lock);
  set.cell.begin();
  return set;
}

describe("an answer that is put off", () => {
  test("comes from a later message, in the order the actor wants; each once", async () => {
    const { ask } = locked();
    await expect(ask("lock", "a")).resolves.toBe("a is first");
    const b = ask("lock", "b");
    await settle();
    const c = ask("beside");
    await settle();
    await expect(ask("unlock")).resolves.toBe(true);
    await expect(b).resolves.toBe("yours");
    await expect(ask("unlock")).resolves.toBe(true);
    await expect(c).resolves.toBe("yours");
    await expect(ask("unlock")).resolves.toBe(false);
  });

  test("is checked by the message's output, and may be a refusal", async () => {
    const { ask } = locked();
    await ask("lock", "a");
    const wrong = expect(ask("lock", "b")).rejects.toMatchObject({ code: "InvalidReply" });
    const refused = expect(ask("lock", "c")).rejects.toThrow("no more");
    await expect(ask("wrong")).resolves.toBe(true);
    await expect(ask("refuse")).resolves.toBe(true);
    await Promise.all([wrong, refused]);
    await expect(ask("refuse")).resolves.toBe(false);
  });

  test("is not owed to who has given up, or whose time is over", async () => {
    const { ask, cell, clock, host } = locked();
    await ask("lock", "a");
    void ask("lock", "b", { expiresAtMs: clock.now() + 10 });
    void ask("lock", "c");
    const c = host.asks.size;
    void ask("lock", "d");
    await settle();
    await clock.run(15);
    expect([cell.owed?.has("m@i/main", c), cell.withdraw("m@i/main", c), cell.withdraw("m@i/main", c)]).toEqual([
      true,
      true,
      false,
    ]);
    await expect(ask("unlock")).resolves.toBe(true);
    await expect(ask("unlock")).resolves.toBe(false);
  });

  test("of a handler that still waits: an abort ends that handler as well, and the answer is owed to nobody", async () => {
    const Slow = defineActor({
      name: "slow",
      module: "file:///slow.js",
      state: z.object({ token: z.string() }),
      init: () => ({ token: "" }),
    })
      .on("put", { output: z.int() }, async (state, _, ctx) => {
        const token = ctx.replyLater();
        state.token = token;
        await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
        return token;
      })
      .on("beside", { output: z.int(), concurrent: "mutates" }, async (state, _, ctx) => {
        const token = ctx.replyLater();
        state.token = token;
        await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
        return token;
      })
      .on("give", {}, (state, _, ctx) => ctx.reply(state.token, 1));
    for (const name of ["put", "beside"]) {
      const { cell, ask, host } = stage(Slow);
      cell.begin();
      void ask(name);
      await settle();
      expect(cell.withdraw("m@i/main", host.asks.size)).toBe(true);
      await settle();
      expect([cell.isIdle, await ask("give")]).toEqual([true, false]);
    }
  });

  test("of a handler that throws is what it threw", async () => {
    const { ask } = locked();
    await expect(ask("fail")).rejects.toThrow("bad");
    const Beside = defineActor({ name: "b", module: "file:///b.js", state: z.object({}), init: () => ({}) }).on(
      "fail",
      { output: z.string(), concurrent: true },
      (_state, _input, ctx) => {
        ctx.replyLater();
        throw new RangeError("bad beside");
      },
    );
    const other = stage(Beside);
    other.cell.begin();
    await expect(other.ask("fail")).rejects.toThrow("bad beside");
    expect(other.cell.owed?.any).toBe(false);
  });

  test("of a tell is for nobody, and one without a message in hand is refused by name", async () => {
    const { ask, tell } = locked();
    await ask("lock", "a");
    tell("lock", "b");
    await expect(ask("unlock")).resolves.toBe(false);
    tell("late");
    await settle();
    expect((await ask("seen")) as { waiting: string[] }).toMatchObject({
      waiting: [expect.stringContaining("ctx.replyLater: actor a has no message in hand")],
    });
  });

  test("keeps its actor from being idle, until its time is over", async () => {
    const { ask, cell, clock } = locked();
    await ask("lock", "a");
    void ask("lock", "b", { expiresAtMs: clock.now() + 60 });
    await clock.run(50);
    expect(cell.phase).toBe("running");
    await clock.run(50);
    expect(cell.phase).toBe("ended");
  });

  test("is refused at the end of the life that owes it", async () => {
    const stopped = locked();
    await stopped.ask("lock", "a");
    const b = expect(stopped.ask("lock", "b")).rejects.toMatchObject({ code: "ActorStopped" });
    await settle();
    await stopped.cell.stop("done", 10);
    await b;
    const crashed = locked();
    await crashed.ask("lock", "a");
    const c = expect(crashed.ask("lock", "c")).rejects.toMatchObject({ code: "OutcomeUnknown" });
    await expect(crashed.ask("fail")).rejects.toThrow("bad");
    await c;
    await expect(crashed.ask("seen")).resolves.toEqual({ waiting: [] });
  });

  test("moves with its actor, with the time that is left; its asker hears where to", async () => {
    const source = locked();
    await source.ask("lock", "a");
    const b = source.ask("lock", "b", { expiresAtMs: source.clock.now() + 100 });
    await settle();
    await source.clock.run(30);
    await source.cell.seal(10);
    const owed = source.cell.owedLeft();
    expect(owed).toMatchObject([{ name: "lock", origin: "m@i/main", sender: null, leftMs: 70 }]);
    const target = stage(Lock);
    await target.cell.load(await source.cell.pack(), [], { timers: [], owed });
    source.cell.depart();
    target.cell.commit();
    expect(target.seen).toContain("askHere lock 1 false");
    const [ask = 0, settler = () => {}] = [...source.host.asks].at(-1) ?? [];
    target.host.asks.set(ask, settler);
    target.tell("unlock");
    await expect(b).resolves.toBe("yours");
  });

  test("is bounded, as mailboxes are", async () => {
    const { ask, host } = locked();
    Object.assign(host.limits, { mailbox: 2 });
    await ask("lock", "a");
    const owed: Promise<unknown>[] = [];
    for (const who of ["b", "c"]) {
      owed.push(expect(ask("lock", who)).rejects.toMatchObject({ code: "OutcomeUnknown" }));
      await settle();
    }
    await expect(ask("lock", "d")).rejects.toMatchObject({ code: "MailboxFull" });
    await Promise.all(owed);
  });
});

test("a watched actor says whose answers others stand by for", async () => {
  const { cell, ask, seen } = stage(Lock, { watched: true });
  cell.begin();
  await ask("lock", "a");
  void ask("lock", "b");
  await settle();
  expect(seen.filter((what) => what.startsWith("putOff"))).toEqual(["putOff lock"]);
});
