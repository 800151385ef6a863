import { ActorCrashed } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
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
      expect(Object.fromEntries(host.counts)).toMatchObject({ handled: 4, restarts: 1 });
    },
  );

  test("loses its timers with its state", async () => {
    const Ticker = defineActor({ name: "t", module: "file:///t.js", state: z.object({}), init: () => ({}) }).on(
      "set",
      {},
      (_, __, ctx) => {
        ctx.schedule("k", 10, "set");
        throw new Error("after all");
      },
    );
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
  test("exceeded ends the actor", async () => {
    const { cell, ask, tell, seen } = stage(diary().Diary, { limits: { restartMax: 2 } });
    cell.begin();
    const failures = [ask("fail", "1"), ask("fail", "2"), ask("fail", "3")];
    tell("write", "told");
    const asked = ask("read");
    expect((await Promise.allSettled(failures)).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await expect(asked).rejects.toBeInstanceOf(ActorCrashed);
    await expect(asked).rejects.toThrow("crashed more than 2 times within 1000 ms");
    expect(seen).toEqual(["restarted: 1", "restarted: 2", "dead write ActorCrashed", "ended: crashed ActorCrashed"]);
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
});

describe("an init that throws at the restart", () => {
  const module = { name: "phoenix", module: "file:///p.js", state: z.object({}) };
  const boom = (): never => {
    throw new Error("no life");
  };

  test.each([
    ["at once", boom],
    ["later", async () => boom()],
  ])("%s counts as a crash, until the intensity is exceeded", async (_, fails) => {
    let starts = 0;
    const Phoenix = defineActor({ ...module, init: () => (starts++ === 0 ? {} : fails()) }).on("fail", {}, boom);
    const { cell, tell, ask, seen, clock } = stage(Phoenix, { limits: { restartMax: 1_000 } });
    await cell.begin();
    tell("fail");
    const asked = ask("fail");
    const expected = expect(asked).rejects.toEqual(
      expect.objectContaining({ code: "ActorCrashed", cause: expect.objectContaining({ message: "no life" }) }),
    );
    await clock.run(0);
    await expected;
    expect(starts).toBe(1_001);
    expect(seen.at(-1)).toBe("ended: crashed ActorCrashed");
  });

  test("once only, the next one serves; meanwhile mail waits", async () => {
    let starts = 0;
    const Phoenix = defineActor({ ...module, init: async () => (starts++ === 1 ? boom() : {}) })
      .on("fail", {}, boom)
      .on("life", {}, () => starts);
    const { cell, tell, ask } = stage(Phoenix);
    await cell.begin();
    tell("fail");
    await expect(ask("life")).resolves.toBe(3);
  });
});
