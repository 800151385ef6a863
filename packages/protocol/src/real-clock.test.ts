import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clockOf, realClock } from "./real-clock.js";

const monthMs = 30 * 24 * 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a timer may wait longer than Node's own, which fire at once then", () => {
  const run = vi.fn();
  clockOf(globalThis).setTimeout(run, monthMs);
  vi.advanceTimersByTime(monthMs - 1);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledOnce();
});

test("one that was cancelled on its way does not fire; one for ever never does", () => {
  const clock = clockOf(globalThis);
  const run = vi.fn();
  const timer = clock.setTimeout(run, monthMs);
  clock.setTimeout(run, Number.POSITIVE_INFINITY);
  vi.advanceTimersByTime(monthMs - 1);
  timer.cancel();
  vi.advanceTimersByTime(monthMs);
  expect(run).not.toHaveBeenCalled();
});

test("what takes the place of the timers after it was loaded does not stop it", async () => {
  const atMs = realClock.now();
  await new Promise<void>((resolve) => void realClock.setTimeout(resolve, 5));
  await new Promise<void>((resolve) => void realClock.defer(resolve));
  expect(realClock.now()).toBeGreaterThan(atMs);
});
