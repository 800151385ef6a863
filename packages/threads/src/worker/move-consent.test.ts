import type { MoveOrder } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { ThreadStage } from "./fixtures/thread-stage.js";
import { MoveConsent } from "./move-consent.js";

/** An actor that puts off its moves for as long as the test says, each time. */
function scene(answers: readonly number[]) {
  const stage = new ThreadStage();
  const consent = new MoveConsent(stage.context);
  const left = [...answers];
  const cell = { id: "a", asksToMove: true, consent: () => left.shift() ?? 0 };
  const order: MoveOrder = { saga: "s", ids: ["a"], to: "b@i/0.0", batchSize: 1, why: "drain", maxDeferMs: 1_000 };
  const ask = (more: Partial<MoveOrder> = {}): number | Promise<number> => consent.ask(cell, { ...order, ...more });
  return { stage, cell, left, ask, told: () => stage.news("moveDeferred") };
}

test("a move is put off until the actor lets it go, or has put it off for as long as it may", async () => {
  const { stage, ask, told } = scene([300, 500, 9_000, 9_000]);
  expect(ask()).toBe(300);
  await stage.clock.run(300);
  expect(ask()).toBe(500);
  await stage.clock.run(500);
  expect(ask()).toBe(200);
  await stage.clock.run(200);
  expect(ask()).toBe(0);
  const common = { type: "moveDeferred", id: "a", to: "b", why: "drain" };
  expect(told()).toEqual([
    { ...common, deferMs: 300, forMs: 0, forced: false },
    { ...common, deferMs: 500, forMs: 300, forced: false },
    { ...common, deferMs: 200, forMs: 800, forced: false },
    { ...common, deferMs: 0, forMs: 1_000, forced: true },
  ]);
});

test("who asks before the time is told how long it still is, and the actor hears nothing", async () => {
  const { stage, ask, left } = scene([300, 400]);
  ask();
  await stage.clock.run(100);
  expect([ask(), left]).toEqual([200, [400]]);
  expect([ask({ maxDeferMs: 150 }), ask({ maxDeferMs: 100 })]).toEqual([50, 0]);
});

test("a move that nobody comes back to is forgotten: the next one may be put off anew", async () => {
  const { stage, ask } = scene([300, 900]);
  ask();
  await stage.clock.run(60_000);
  expect(ask()).toBe(900);
});

test("an order without a reason, or for an actor that does not care, asks nobody", () => {
  const { cell, ask, left } = scene([300]);
  expect(ask({ why: undefined })).toBe(0);
  cell.asksToMove = false;
  expect([ask(), left]).toEqual([0, [300]]);
  cell.asksToMove = true;
  expect([ask({ maxDeferMs: 0 }), left]).toEqual([0, [300]]);
});
