import { encode } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { ActorTimers } from "./timers.js";

function timersOn(clock: VirtualClock) {
  const fired: string[] = [];
  const timers = new ActorTimers(clock, (name) => fired.push(`${name} at ${clock.now()}`));
  return { fired, timers };
}
const payload = encode(undefined);

describe("timers", () => {
  test("fire once each, when due", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers } = timersOn(clock);
    timers.set("a", 50, "first", payload);
    timers.set("b", 10, "second", payload);
    await clock.run(1_000);
    expect(fired).toEqual(["second at 1010", "first at 1050"]);
  });

  test("of the same key replace each other", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers } = timersOn(clock);
    timers.set("a", 10, "old", payload);
    timers.set("a", 20, "new", payload);
    await clock.run(1_000);
    expect(fired).toEqual(["new at 1020"]);
  });

  test("cancelled do not fire; the answer says whether there was one", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers } = timersOn(clock);
    timers.set("a", 10, "x", payload);
    expect([timers.cancel("a"), timers.cancel("a"), timers.cancel("b")]).toEqual([true, false, false]);
    await clock.run(1_000);
    expect(fired).toEqual([]);
  });

  test("frozen keep the time they had left, and go on with it after a thaw", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers } = timersOn(clock);
    timers.set("a", 100, "x", payload);
    await clock.run(30);
    const frozen = timers.freeze();
    expect(frozen).toEqual([{ key: "a", inMs: 70, name: "x", payload }]);
    await clock.run(500);
    timers.thaw(frozen);
    await clock.run(500);
    expect(fired).toEqual(["x at 1600"]);
  });

  test("take delays beyond what the machine's timers do", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers } = timersOn(clock);
    const delaysMs: number[] = [];
    const real = clock.setTimeout.bind(clock);
    clock.setTimeout = (run, delayMs) => real(run, delaysMs.push(delayMs) && delayMs);
    timers.set("a", 2 ** 33, "in 99 days", payload);
    await clock.run(2 ** 33 - 1);
    expect(fired).toEqual([]);
    await clock.run(1);
    expect(fired).toEqual([`in 99 days at ${1_000 + 2 ** 33}`]);
    expect(Math.max(...delaysMs)).toBeLessThan(2 ** 31);
  });
});
