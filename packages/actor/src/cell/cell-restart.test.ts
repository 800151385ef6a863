import { ActorCrashed } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import type { OnError } from "../definition/on-error.js";
import { diary } from "../fixtures/diary.js";
import { stage } from "../fixtures/stage.js";

const crash = (cause: string) =>
  expect.objectContaining({ code: "ActorCrashed", cause: expect.objectContaining({ name: "RangeError", message: cause }) });

describe("a handler that throws", () => {
  test.each(["fail", "failLater"])(
    "%s: its caller gets the error itself; the actor restarts afresh and keeps its mailbox",
    async (name) => {
      const { Diary, open } = diary();
      const { cell, ask, tell, seen, host } = stage(Diary);
      cell.begin();
      await ask("write", "before");
      const failed = ask(name, "bang");
      tell("write", "after");
      const left = ask("read");
      open();
      await expect(failed).rejects.toEqual(expect.objectContaining({ name: "RangeError", message: "bang" }));
      await expect(failed).rejects.toBeInstanceOf(RangeError);
      await expect(left).resolves.toEqual(["after"]);
      expect(seen).toEqual(["restarted: bang"]);
      expect(host.crashes).toEqual(["error actor a crashed: bang"]);
      expect(Object.fromEntries(host.counts)).toMatchObject({ handled: 4, restarts: 1 });
    },
  );

  test("loses its timers with its state", async () => {
    const head = { name: "t", module: "file:///t.js", state: z.object({}), init: () => ({}) };
    const Ticker = defineActor({ ...head, onError: "restart" }).on("set", {}, (_, __, ctx) => {
      ctx.schedule("k", 10, "set");
      throw new Error("after all");
    });
    const { cell, tell, clock } = stage(Ticker);
    cell.begin();
    tell("set");
    await clock.run(100);
    expect(clock.pending).toBe(0);
  });

  test.each(["permanent", "transient"] as const)("restarts a %s actor", async (restart) => {
    const { cell, ask, seen } = stage(diary().Diary, { restart });
    cell.begin();
    await expect(ask("fail", "x")).rejects.toThrow("x");
    expect(seen).toEqual(["restarted: x"]);
    expect(cell.phase).toBe("running");
  });

  test("ends a temporary actor: asks get ActorCrashed, tells are dead letters, markers are answered", async () => {
    const { cell, ask, tell, marker, seen, host } = stage(diary().Diary, { restart: "temporary" });
    cell.begin();
    const failed = ask("fail", "x");
    tell("write", "told");
    const asked = ask("read");
    cell.take(marker(1));
    await expect(failed).rejects.toThrow("x");
    await expect(asked).rejects.toEqual(crash("x"));
    expect(seen).toEqual(["markerMet 1", "dead write ActorCrashed", "ended: crashed ActorCrashed"]);
    expect(host.counts.get("credit")).toBe(3);
  });
});

describe("restart intensity", () => {
  test("exceeded ends the actor, which waits longer before each restart", async () => {
    const { cell, ask, tell, seen, clock } = stage(diary().Diary, { limits: { restartMax: 3 } });
    cell.begin();
    const failures = [ask("fail", "1"), ask("fail", "2"), ask("fail", "3"), ask("fail", "4")];
    tell("write", "told");
    const asked = ask("read");
    const ended = Promise.allSettled(failures);
    const refused = expect(asked).rejects.toThrow("crashed more than 3 times within 1000 ms");
    const soFar: number[] = [];
    for (const ms of [0, 9, 1, 19, 1]) {
      await clock.run(ms);
      soFar.push(seen.length);
    }
    expect(soFar).toEqual([1, 1, 2, 2, 5]);
    expect((await ended).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected", "rejected"]);
    await refused;
    await expect(asked).rejects.toBeInstanceOf(ActorCrashed);
    const restarts = ["restarted: 1", "restarted: 2", "restarted: 3"];
    expect(seen).toEqual([...restarts, "dead write ActorCrashed", "ended: crashed ActorCrashed"]);
  });

  test("is not exceeded by the same crashes over a longer time", async () => {
    const { cell, ask, clock } = stage(diary().Diary, { limits: { restartMax: 1 } });
    cell.begin();
    for (let i = 0; i < 5; i++) {
      await expect(ask("fail", "x")).rejects.toThrow("x");
      await clock.run(1_000);
    }
    expect(cell.phase).toBe("running");
  });

  test("a move does not wait for the end of a pause: the actor begins anew at once", async () => {
    const { cell, ask, tell, clock } = stage(diary().Diary);
    cell.begin();
    await expect(ask("fail", "1")).rejects.toThrow("1");
    tell("fail", "2");
    await clock.run(0);
    const atMs = clock.now();
    expect(await cell.seal(100)).toBe(true);
    expect([clock.now() - atMs, cell.state]).toEqual([0, { lines: [] }]);
  });
});

describe("an init that fails at the restart", () => {
  const onError: OnError = "restart";
  const module = { name: "phoenix", module: "file:///p.js", state: z.object({}), onError };
  const boom = (): never => {
    throw new Error("no life");
  };

  test.each([
    ["throws at once", boom],
    ["throws later", async () => boom()],
    ["does not end", () => new Promise<never>(() => {})],
  ])("%s: the actor ends here, and its mail waits for its next life elsewhere; nothing counts as a restart", async (_, fails) => {
    let starts = 0;
    const Phoenix = defineActor({ ...module, init: () => (starts++ === 0 ? {} : fails()) })
      .on("fail", {}, boom)
      .on("life", {}, () => starts);
    const { cell, tell, seen, host, clock } = stage(Phoenix);
    await cell.begin();
    tell("fail");
    tell("life");
    await clock.run(host.limits.initTimeoutMs);
    expect(seen).toEqual(["ended: not begun StartFailed", "again life"]);
    expect([starts, cell.phase, clock.pending, host.counts.get("restarts")]).toEqual([2, "ended", 0, undefined]);
  });
});
