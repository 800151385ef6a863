import type { ToMainFrame } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { StuckWatch } from "./stuck-watch.js";

/** A watch that takes a handler for stuck after 200 ms, and a cell that begins one now. */
function scene() {
  const clock = new VirtualClock();
  const told: ToMainFrame[] = [];
  const freed: number[] = [];
  const watch = new StuckWatch({ clock, settings: { stuckAfterMs: 200 }, tellMain: (frame) => void told.push(frame) });
  const handler = { sinceMs: clock.now(), reported: false, name: "wait" };
  const cell = {
    id: "a",
    isIdle: false,
    freeExpired: () => void freed.push(clock.now()),
    stuck: (nowMs: number, afterMs: number) => {
      if (handler.reported || nowMs - handler.sinceMs < afterMs) return undefined;
      handler.reported = true;
      return { message: handler.name, forMs: nowMs - handler.sinceMs };
    },
  };
  const pass = (ms: number): void => {
    for (const endMs = clock.now() + ms; clock.advance(endMs); );
  };
  watch.begun(cell);
  return { clock, told, freed, watch, cell, handler, pass };
}

test("a handler that does not end is reported once, with its message and for how long it has run", () => {
  const { told, pass } = scene();
  pass(199);
  expect(told).toEqual([]);
  pass(1_000);
  expect(told).toEqual([{ type: "stuck", id: "a", message: "wait", forMs: 200 }]);
});

test("asks that wait behind a handler, and whose time is over, are ended at each look", () => {
  const { freed, pass } = scene();
  pass(350);
  expect(freed).toHaveLength(3);
});

test("a handler that ends in time is not reported, and nobody looks on", () => {
  const { told, watch, cell, clock, pass } = scene();
  pass(150);
  cell.isIdle = true;
  watch.ended(cell);
  pass(1_000);
  expect(told).toEqual([]);
  expect(clock.nextAtMs).toBeUndefined();
});

test("the next stuck handler of the same cell is reported again", () => {
  const { told, watch, cell, handler, clock, pass } = scene();
  pass(300);
  watch.ended(cell);
  Object.assign(handler, { sinceMs: clock.now(), name: "again", reported: false });
  watch.begun(cell);
  pass(300);
  expect(told.map((frame) => frame.type === "stuck" && frame.message)).toEqual(["wait", "again"]);
});

test("one of several handlers of a cell ends, and the watch goes on", () => {
  const { told, watch, cell, pass } = scene();
  watch.ended(cell);
  pass(300);
  expect(told).toHaveLength(1);
});
