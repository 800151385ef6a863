import { describe, expect, test } from "vitest";
import { VirtualClock } from "./virtual-clock.js";

function notes() {
  const clock = new VirtualClock(100);
  const seen: string[] = [];
  return { clock, seen, note: (what: string) => () => void seen.push(`${what} at ${clock.now()}`) };
}

describe("virtual time", () => {
  test("runs turns and timers by their instants, and those of one instant in the order in which they were set", async () => {
    const { clock, seen, note } = notes();
    clock.setTimeout(note("late"), 10);
    clock.setTimeout(note("soon"), 5);
    clock.defer(note("turn"));
    clock.setTimeout(note("at once"), 0);
    clock.setTimeout(note("never"), 11);
    await clock.run(10);
    expect(seen).toEqual(["turn at 100", "at once at 100", "soon at 105", "late at 110"]);
    expect([clock.now(), clock.pending, clock.nextAtMs]).toEqual([110, 1, 111]);
  });

  test("lets promises end between two timers, unless it passes within one turn", async () => {
    const { clock, seen, note } = notes();
    const chain = (): void => void Promise.resolve().then(note("promise"));
    for (const act of [chain, note("timer")]) clock.setTimeout(act, 5);
    await clock.run(5);
    for (const act of [chain, note("timer")]) clock.setTimeout(act, 5);
    clock.pass(5);
    await Promise.resolve();
    expect(seen).toEqual(["promise at 105", "timer at 105", "timer at 110", "promise at 110"]);
  });

  test("steps: one turn, one timer, or none", () => {
    const { clock, seen, note } = notes();
    clock.defer(note("turn"));
    clock.setTimeout(note("timer"), 5);
    expect([clock.hasTurns, clock.turn(), clock.turn()]).toEqual([true, true, false]);
    expect([clock.advance(102), clock.now(), clock.advance(200), clock.now()]).toEqual([false, 102, true, 105]);
    expect(seen).toEqual(["turn at 100", "timer at 105"]);
  });

  test("stands still with all that is due, and fires no cancelled timer", async () => {
    const { clock, seen, note } = notes();
    clock.setTimeout(note("kept"), 5);
    clock.setTimeout(note("cancelled"), 5).cancel();
    clock.stall(20);
    expect([seen, clock.now()]).toEqual([[], 120]);
    await clock.run(0);
    expect(seen).toEqual(["kept at 120"]);
  });
});
