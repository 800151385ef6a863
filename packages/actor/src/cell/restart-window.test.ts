import { expect, test } from "vitest";
import { RestartWindow } from "./restart-window.js";

const longest = { next: () => 0 };

/** The pauses after crashes at these times; each time the actor runs again `initMs` after its pause. */
function pauses(window: RestartWindow, atMs: readonly number[], initMs = 0): (number | undefined)[] {
  return atMs.map((nowMs) => {
    const pauseMs = window.crashed(nowMs, longest);
    window.began(nowMs + (pauseMs ?? 0) + initMs);
    return pauseMs;
  });
}

test("admits so many crashes within the time, and more when the first are past", () => {
  const window = new RestartWindow(2, 100);
  expect(pauses(window, [0, 50, 99])).toEqual([0, 0, undefined]);
  expect(pauses(window, [150, 199, 260])).toEqual([0, 0, 0]);
});

test("of none admits none", () => {
  expect(new RestartWindow(0, 100).crashed(0, longest)).toBe(undefined);
});

test("an actor that crashes at once waits twice as long each time, and not at all when it ran for longer than it last waited", () => {
  const window = new RestartWindow(100, 4_000);
  expect(pauses(window, [0, 0, 10, 30, 70])).toEqual([0, 10, 20, 40, 80]);
  expect(pauses(window, [150 + 81])).toEqual([0]);
});

test("pauses, and a slow init, do not count: a loop ends by its limit however slow it is", () => {
  const window = new RestartWindow(3, 1_000);
  let nowMs = 0;
  const seen: (number | undefined)[] = [];
  for (let i = 0; i < 4; i++) {
    const pauseMs = window.crashed(nowMs, longest);
    seen.push(pauseMs);
    nowMs += (pauseMs ?? 0) + 2_000;
    window.began(nowMs);
  }
  expect(seen).toEqual([0, 10, 20, undefined]);
});
