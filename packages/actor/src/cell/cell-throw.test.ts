import { AbortReason } from "@process-hub/protocol";
import { settle } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import { diary } from "../fixtures/diary.js";
import { stage } from "../fixtures/stage.js";

const head = { name: "cart", module: "file:///cart.js", state: z.object({ items: z.int() }), init: () => ({ items: 0 }) };

/** A cart that puts something in, sets a timer, and then throws. */
const Cart = defineActor(head)
  .on("add", {}, (state) => ++state.items)
  .on("checkout", {}, (state, _, ctx) => {
    state.items++;
    ctx.schedule("remind", 10, "add");
    throw new RangeError("declined");
  })
  .on("spoil", {}, (state) => {
    (state as { items: unknown }).items = "many";
    throw new RangeError("spoilt");
  });

describe("an actor whose handler throws", () => {
  test.each(["fail", "failLater"])("%s: goes on with its state and mailbox; its caller gets the error itself", async (name) => {
    const { Diary, open } = diary("resume");
    const { cell, ask, tell, seen, host } = stage(Diary);
    cell.begin();
    await ask("write", "before");
    const failed = ask(name, "bang");
    tell("write", "after");
    const left = ask("read");
    open();
    await expect(failed).rejects.toBeInstanceOf(RangeError);
    await expect(left).resolves.toEqual(["before", "after"]);
    expect([seen, host.failed]).toEqual([[], [`${name}: bang, resume`]]);
    expect(Object.fromEntries(host.counts)).toMatchObject({ handled: 4 });
    expect(host.counts.get("restarts")).toBeUndefined();
  });

  test("goes on by default, with the timers it has set and what it had done to its state before", async () => {
    const { cell, ask, clock } = stage(Cart);
    cell.begin();
    await expect(ask("checkout")).rejects.toThrow("declined");
    await clock.run(20);
    await expect(ask("add")).resolves.toBe(3);
  });

  test.each([
    ["by the reason of its signal, goes on with its state, and nothing failed", (signal: AbortSignal) => signal.reason, 2, []],
    ["by the reason of an ask that it made", () => new AbortReason("Aborted", "its asker gave up"), 2, []],
    ["by a fault, begins anew", () => new RangeError("declined"), 1, ["wait: declined, restart"]],
    ["by a reason that is not its asker's", () => new AbortReason("Stop", "stopped"), 1, ["wait: stopped, restart"]],
  ] as const)("that restarts, and whose asker aborted it, %s", async (_, thrown, items, failed) => {
    const Waiting = defineActor({ ...head, onError: "restart" })
      .on("add", {}, (state) => ++state.items)
      .on("wait", {}, async (state, _input, ctx) => {
        state.items = 1;
        await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
        throw thrown(ctx.signal);
      });
    const { cell, ask, host } = stage(Waiting);
    cell.begin();
    const given = ask("wait").catch(String);
    await settle();
    cell.withdraw("m@i/main", 1);
    await given;
    await expect(ask("add")).resolves.toBe(items);
    expect(host.failed).toEqual(failed);
  });

  test("that stops, and whose asker aborted it, goes on; by a fault of its own it ends", async () => {
    const Stopping = defineActor({ ...head, onError: "stop" })
      .on("add", {}, (state) => ++state.items)
      .on("wait", {}, async (_state, _input, ctx) => {
        await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
        throw ctx.signal.reason;
      })
      .on("fail", {}, () => {
        throw new RangeError("declined");
      });
    const { cell, ask, host } = stage(Stopping);
    cell.begin();
    const given = ask("wait").catch(String);
    await settle();
    cell.withdraw("m@i/main", 1);
    await given;
    await expect(ask("add")).resolves.toBe(1);
    await expect(ask("fail")).rejects.toThrow("declined");
    expect([cell.phase, host.failed]).toEqual(["ended", ["fail: declined, stop"]]);
  });

  test("begins anew all the same when its state is none of its schema any more", async () => {
    const { cell, ask, seen, host } = stage(Cart);
    cell.begin();
    await ask("add");
    await expect(ask("spoil")).rejects.toThrow("spoilt");
    await expect(ask("add")).resolves.toBe(1);
    expect([seen, host.failed]).toEqual([["restarted: spoilt"], ["spoil: spoilt, restart"]]);
  });

  test("tells its replicas of the state that it goes on with, before its caller hears", async () => {
    const { cell, ask, seen } = stage(Cart, { watched: true });
    cell.begin();
    const failed = ask("checkout").catch(() => seen.push("answered"));
    await failed;
    expect(seen).toEqual(["changed [object Object] false", "answered"]);
  });

  test("goes on though it is temporary", async () => {
    const { cell, ask } = stage(Cart, { restart: "temporary" });
    cell.begin();
    await expect(ask("checkout")).rejects.toThrow("declined");
    await expect(ask("add")).resolves.toBe(2);
  });

  test("goes on however often it throws", async () => {
    const { cell, ask } = stage(Cart, { limits: { restartMax: 3 } });
    cell.begin();
    for (let i = 0; i < 20; i++) await expect(ask("checkout")).rejects.toThrow("declined");
    await expect(ask("add")).resolves.toBe(21);
  });

  test("stops when its definition says so: its caller gets the error, what waits ActorCrashed", async () => {
    const { cell, ask, seen, host } = stage(diary("stop").Diary);
    cell.begin();
    const failed = ask("fail", "bang");
    const left = ask("read");
    await expect(failed).rejects.toThrow("bang");
    await expect(left).rejects.toMatchObject({ code: "ActorCrashed", message: expect.stringContaining('onError "stop"') });
    expect([seen, host.failed, cell.phase]).toEqual([["ended: crashed ActorCrashed"], ["fail: bang, stop"], "ended"]);
  });

  test("stops as it was told to when it throws after stopSelf", async () => {
    const Quitter = defineActor(head).on("quit", {}, (_, __, ctx) => {
      ctx.stopSelf("done");
      throw new RangeError("and goes");
    });
    const { cell, ask, seen } = stage(Quitter);
    cell.begin();
    await expect(ask("quit")).rejects.toThrow("and goes");
    expect(seen).toEqual(["ended: done"]);
  });
});
