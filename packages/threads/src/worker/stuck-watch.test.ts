import type { ToMainFrame } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { VirtualClock } from "../mail/fixtures/virtual-clock.js";
import { StuckWatch } from "./stuck-watch.js";

/** A watch that takes a handler for stuck after 200 ms, and a cell that begins one now. */
function scene() {
  const clock = new VirtualClock();
  const told: ToMainFrame[] = [];
  const watch = new StuckWatch({ clock, settings: { stuckAfterMs: 200 }, tellMain: (frame) => void told.push(frame) });
  const cell = { id: "a", handlerSinceMs: clock.now(), inHand: { name: "wait" }, stuckReported: false };
  const pass = (ms: number): void => {
    for (const endMs = clock.now() + ms; clock.advance(endMs); );
  };
  watch.begun(cell);
  return { clock, told, watch, cell, pass };
}

test("a handler that does not end is reported once, with its message and for how long it has run", () => {
  const { told, pass } = scene();
  pass(199);
  expect(told).toEqual([]);
  pass(1_000);
  expect(told).toEqual([{ type: "stuck", id: "a", message: "wait", forMs: 200 }]);
});

test("a handler that ends in time is not reported, and nobody looks on", () => {
  const { told, watch, cell, clock, pass } = scene();
  pass(150);
  watch.ended(cell);
  pass(1_000);
  expect(told).toEqual([]);
  expect(clock.nextAtMs).toBeUndefined();
});

test("the next stuck handler of the same cell is reported again", () => {
  const { told, watch, cell, clock, pass } = scene();
  pass(300);
  watch.ended(cell);
  Object.assign(cell, { handlerSinceMs: clock.now(), inHand: { name: "again" }, stuckReported: false });
  watch.begun(cell);
  pass(300);
  expect(told.map((frame) => frame.type === "stuck" && frame.message)).toEqual(["wait", "again"]);
});

test("work without a message is the actor's start", () => {
  const { told, cell, pass } = scene();
  Object.assign(cell, { inHand: undefined });
  pass(300);
  expect(told).toMatchObject([{ message: "start" }]);
});
