import { expect, test } from "vitest";
import { RestartWindow } from "./restart-window.js";

test("admits so many restarts within the time, and more when the first are past", () => {
  const window = new RestartWindow(2, 100);
  expect([0, 50, 99].map((atMs) => window.admit(atMs))).toEqual([true, true, false]);
  expect([100, 149, 150].map((atMs) => window.admit(atMs))).toEqual([true, false, true]);
});

test("a refused restart does not count", () => {
  const window = new RestartWindow(1, 100);
  expect([0, 60, 100].map((atMs) => window.admit(atMs))).toEqual([true, false, true]);
});

test("of none admits none", () => {
  expect(new RestartWindow(0, 100).admit(0)).toBe(false);
});
