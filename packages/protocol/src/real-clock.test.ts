import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { realClock } from "./real-clock.js";

const monthMs = 30 * 24 * 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a timer may wait longer than Node's own, which fire at once then", () => {
  const run = vi.fn();
  realClock.setTimeout(run, monthMs);
  vi.advanceTimersByTime(monthMs - 1);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledOnce();
});

test("one that was cancelled on its way does not fire; one for ever never does", () => {
  const run = vi.fn();
  const timer = realClock.setTimeout(run, monthMs);
  realClock.setTimeout(run, Number.POSITIVE_INFINITY);
  vi.advanceTimersByTime(monthMs - 1);
  timer.cancel();
  vi.advanceTimersByTime(monthMs);
  expect(run).not.toHaveBeenCalled();
});
