import { expect, test } from "vitest";
import { SuspendableClock } from "./suspendable-clock.js";

/** The thread stands still, as in a process that is stopped. */
const stopFor = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test("a clock that is held does not show how long the process was away, but by its wall time, and its timers wait the rest", async () => {
  const clock = SuspendableClock.ofProcess();
  const setAt = { nowMs: clock.now(), wallMs: clock.wallMs() };
  const fired = new Promise<number>((resolve) => clock.setTimeout(() => resolve(clock.now()), 200));
  const cancelled = clock.setTimeout(() => expect.fail("it was cancelled"), 200);
  clock.hold();
  const heldMs = clock.now();
  stopFor(300);
  expect(clock.now()).toBe(heldMs);
  // As in each thread of the process.
  const elsewhere = SuspendableClock.ofProcess();
  expect(elsewhere.now()).toBe(heldMs);
  clock.release();
  const away = () => clock.wallMs() - setAt.wallMs - (clock.now() - setAt.nowMs);
  expect(away()).toBeGreaterThan(290);
  expect(elsewhere.now()).toBeLessThanOrEqual(clock.now());
  await new Promise((resolve) => clock.defer(() => resolve(cancelled.cancel())));
  expect((await fired) - setAt.nowMs).toBeGreaterThanOrEqual(199);
  expect(away()).toBeGreaterThan(290);
});
