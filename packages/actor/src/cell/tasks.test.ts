import { encode } from "@process-hub/protocol";
import { settle } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ActorContext, TaskFunction, TaskOutcome } from "../definition/context.js";
import { defineActor } from "../definition/definition.js";
import { stage } from "../fixtures/stage.js";

const outcome = { done: "got", failed: "failed" };

/** An actor that begins the tasks that it is given, and notes what it hears of them. */
function fetcher(run: TaskFunction, given: TaskOutcome = outcome, more: { idleAfterMs?: number } = {}) {
  const heard: unknown[] = [];
  let ctx: ActorContext | undefined;
  const Fetcher = defineActor({
    ...{ name: "fetcher", module: "file:///fetcher.js", state: z.object({}), init: () => ({}) },
    ...(more.idleAfterMs === undefined ? {} : { ...more, autoStart: () => undefined }),
  })
    .on("begin", { input: z.string() }, (_, key, context) => {
      ctx = context;
      context.task(key, run, given);
    })
    .on("abort", { input: z.string() }, (_, key, context) => context.abort(key))
    .on("got", { input: z.unknown() }, (_, value, { context, sender }) => void heard.push(["got", value, context, sender]))
    .on("failed", { input: z.unknown() }, (_, error) => {
      const { code, message } = error as { code?: string; message: string };
      heard.push(["failed", code ?? message]);
    })
    .on("crash", {}, (_state, _input, context) => {
      context.task("begun", run, given);
      throw new Error("crash");
    })
    .on("ping", {}, () => "pong")
    .lifecycle({ started: () => void heard.push("started") });
  const set = stage(Fetcher);
  set.cell.begin();
  heard.length = 0;
  return { ...set, heard, ctx: () => ctx };
}

/** A promise, and what settles it. */
function gate<T>() {
  let open: (value: T) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const opened = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { opened, open: (value: T) => open(value), fail: (error: unknown) => fail(error) };
}

describe("a task", () => {
  test("runs beside the mailbox, and its value comes as a message", async () => {
    const { opened, open } = gate<number[]>();
    const { ask, heard, host } = fetcher(() => opened);
    await ask("begin", "k");
    await expect(ask("ping")).resolves.toBe("pong");
    expect([heard, host.counts.get("tasks"), host.counts.get("tasksBegun")]).toEqual([[], 1, 1]);
    open([1, 2]);
    await settle();
    expect(heard).toEqual([["got", [1, 2], {}, "a"]]);
    expect([host.counts.get("tasks"), host.counts.get("tasksFailed")]).toEqual([0, undefined]);
  });

  test.each([
    ["what it throws", () => Promise.reject(new RangeError("no")), "no"],
    [
      "what it throws at once",
      (): never => {
        throw Object.assign(new Error("no"), { code: "E" });
      },
      "E",
    ],
    ["a value that cannot travel", () => () => 1, "NotSerializable"],
    ["a thrown value that cannot travel", () => Promise.reject(() => 1), expect.stringContaining("cannot travel")],
    ["a value larger than a message may be", () => "x".repeat(2_000), "InvalidMessage"],
  ] as [string, TaskFunction, unknown][])("fails by %s", async (_, run, told) => {
    const { ask, heard, host } = fetcher(run);
    Object.assign(host.limits, { messageBytes: 1_000 });
    await ask("begin", "k");
    await settle();
    expect(heard).toEqual([["failed", told]]);
    expect([host.counts.get("tasks"), host.counts.get("tasksFailed")]).toEqual([0, 1]);
  });

  test("that nobody hears of is logged when it fails, and not when it ends", async () => {
    const { opened, fail } = gate<number>();
    const { ask, host } = fetcher(() => opened, {});
    const logged: string[] = [];
    const log = (level: string, _id: string, text: string): void => void logged.push(`${level}: ${text}`);
    Object.assign(host, { log });
    await ask("begin", "k");
    fail(new Error("lost"));
    await settle();
    expect(logged).toEqual(["error: task k of actor a failed, and no message hears of it"]);
    const other = fetcher(() => 1, {});
    Object.assign(other.host, { log });
    await other.ask("begin", "k");
    await settle();
    expect([other.heard, logged.length]).toEqual([[], 1]);
  });

  test.each(["abort", "begin"])("is aborted by %s of its key: told once, whatever its code does", async (by) => {
    const { opened, open } = gate<number>();
    const signals: AbortSignal[] = [];
    const { ask, heard } = fetcher((signal) => {
      signals.push(signal);
      return opened;
    });
    await ask("begin", "k");
    await ask(by, "k");
    await settle();
    expect(heard).toEqual([["failed", "Aborted"]]);
    expect(signals[0]?.reason).toMatchObject({ code: "Aborted" });
    open(1);
    await settle();
    expect(heard).toHaveLength(by === "abort" ? 1 : 2);
    expect(await ask("abort", "k")).toBe(false);
  });

  test("ends with a move: its actor hears of it where it goes on", async () => {
    const signals: AbortSignal[] = [];
    const { ask, cell, heard } = fetcher((signal) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    await ask("begin", "k");
    await expect(cell.seal(100)).resolves.toBe(true);
    expect(signals[0]?.reason).toMatchObject({ code: "Move" });
    expect([...cell.mailbox].map(({ name }) => name)).toEqual(["failed"]);
    await cell.pack();
    cell.unseal(2);
    await settle();
    expect(heard).toEqual([["failed", "Move"]]);
  });

  test("does not keep its actor from its end, and ends with it without a word", async () => {
    const signals: AbortSignal[] = [];
    const { ask, cell, heard, host, ctx } = fetcher((signal) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    await ask("begin", "k");
    await cell.stop("done", 10);
    expect([signals[0]?.reason.code, heard, host.counts.get("tasks")]).toEqual(["Stop", [], 0]);
    expect(() => ctx()?.task("k", () => 1)).toThrow(/life of actor a is over/);
  });

  test("ends with a life that crashes", async () => {
    const signals: AbortSignal[] = [];
    const Crashing = defineActor({
      ...{ name: "crashing", module: "file:///crashing.js", state: z.object({}), init: () => ({}), onError: "restart" },
    }).on("crash", {}, (_state, _input, ctx) => {
      ctx.task("k", (signal) => {
        signals.push(signal);
        return new Promise(() => {});
      });
      throw new Error("crash");
    });
    const { cell, ask, host } = stage(Crashing);
    cell.begin();
    await expect(ask("crash")).rejects.toThrow("crash");
    expect([signals[0]?.reason.code, host.counts.get("tasks"), cell.tasks?.any]).toEqual(["Stop", 0, false]);
  });

  test("keeps its actor from being idle", async () => {
    const { opened, open } = gate<number>();
    const { ask, cell, clock } = fetcher(() => opened, outcome, { idleAfterMs: 10 });
    await ask("begin", "k");
    await clock.run(50);
    expect(cell.phase).toBe("running");
    open(1);
    await clock.run(50);
    expect(cell.phase).toBe("ended");
  });

  test("has a ctx of its own, with what its handler carries, and without its deadline; over when it ends", async () => {
    const contexts: ActorContext[] = [];
    const { opened, open } = gate<number>();
    const { ask } = fetcher((_signal, ctx) => {
      contexts.push(ctx);
      return opened;
    }, outcome);
    await ask("begin", "k", { expiresAtMs: 1e9 });
    const [ctx] = contexts;
    expect([ctx?.deadlineAtMs, ctx?.id, ctx?.sender]).toEqual([undefined, "a", undefined]);
    open(1);
    await settle();
    expect(() => ctx?.self.tell("ping")).toThrow(/its task k has ended/);
  });

  test.each(["abort", "end"])("passes on what its handler carries with its outcome, by %s", async (how) => {
    const heard: unknown[] = [];
    const { opened, open } = gate<number>();
    const Carrying = defineActor({ name: "carrying", module: "file:///carrying.js", state: z.object({}), init: () => ({}) })
      .on("begin", {}, (_state, _input, ctx) => ctx.task("k", () => opened, outcome))
      .on("abort", {}, (_state, _input, ctx) => ctx.abort("k"))
      .on("got", { input: z.unknown() }, (_state, _input, { context }) => void heard.push(context))
      .on("failed", { input: z.unknown() }, (_state, _input, { context }) => void heard.push(context));
    const { cell, ask } = stage(Carrying);
    cell.begin();
    await ask("begin", undefined, { header: { context: encode({ user: "u7" }) } });
    if (how === "abort") await ask("abort");
    else open(1);
    await settle();
    expect(heard).toEqual([{ user: "u7" }]);
  });

  test("tells the standbys of what it sets, which no end of a handler does", async () => {
    const { opened, open } = gate<void>();
    const Later = defineActor({ name: "later", module: "file:///later.js", state: z.object({}), init: () => ({}) })
      .on("begin", {}, (_state, _input, ctx) =>
        ctx.task("k", async (_, its) => {
          await opened;
          its.schedule("t", 50, "got");
        }),
      )
      .on("got", {}, () => {});
    const { cell, ask, seen } = stage(Later, { watched: true });
    cell.begin();
    await ask("begin");
    seen.length = 0;
    open();
    await settle();
    expect(seen.filter((line) => line.startsWith("changed"))).toHaveLength(1);
  });

  test.each([
    ["a message it has not", "k", () => 1, { done: "nope" }, "HubConfigError", /`?done`?.*got, failed/s],
    ["a key that is no text", 7, () => 1, {}, "HubConfigError", /key/],
    ["what is no function", "k", 1, {}, "HubConfigError", /takes a function/],
  ] as [string, unknown, unknown, TaskOutcome, string, RegExp][])("is refused for %s", async (_, key, run, given, code, text) => {
    const { ask, ctx } = fetcher(() => new Promise(() => {}));
    await ask("begin", "first");
    const call = (): void => ctx()?.task(key as string, run as TaskFunction, given);
    expect(call).toThrow(text);
    expect(call).toThrow(expect.objectContaining({ code }));
  });

  test("is refused above the limit, and when its actor is about to leave", async () => {
    const { ask, cell, ctx } = fetcher(() => new Promise(() => {}));
    for (const key of ["1", "2", "3"]) await ask("begin", key);
    expect(() => ctx()?.task("4", () => 1)).toThrow(expect.objectContaining({ code: "MailboxFull" }));
    await cell.seal(10);
    expect(() => ctx()?.task("1", () => 1)).toThrow(expect.objectContaining({ code: "ActorStopped" }));
  });
});
