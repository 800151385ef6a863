import { expect, test } from "vitest";
import { oneARound } from "./one-a-round.js";
import { realClock } from "./real-clock.js";
import { VirtualClock } from "./testing/virtual-clock.js";

/** A clock that runs all that is due in one round, as the event loop does. */
function rounds() {
  let due: (() => void)[] = [];
  const clock = oneARound({
    now: () => 0,
    wallMs: () => 0,
    setTimeout: () => ({ cancel: () => {} }),
    defer: (run) => {
      due.push(run);
      return { cancel: () => {} };
    },
  });
  const round = (): void => {
    const now = due;
    due = [];
    for (const run of now) run();
  };
  return { clock, round, left: () => due.length };
}

test("of several deferred turns each has a round of its own, in order", () => {
  const { clock, round, left } = rounds();
  const ran: string[] = [];
  for (const name of ["a", "b", "c"]) clock.defer(() => void ran.push(name));
  round();
  expect(ran).toEqual(["a"]);
  clock.defer(() => void ran.push("d"));
  for (let i = 0; i < 3; i++) round();
  expect([ran, left()]).toEqual([["a", "b", "c", "d"], 0]);
});

test("one that throws keeps none of the others", () => {
  const { clock, round } = rounds();
  const ran: string[] = [];
  clock.defer(() => {
    throw new Error("no");
  });
  clock.defer(() => void ran.push("next"));
  expect(round).toThrow("no");
  round();
  expect(ran).toEqual(["next"]);
});

test("a cancelled one takes no round", () => {
  const { clock, round } = rounds();
  const ran: string[] = [];
  const cancelled = clock.defer(() => void ran.push("cancelled"));
  clock.defer(() => void ran.push("next"));
  cancelled.cancel();
  round();
  expect(ran).toEqual(["next"]);
});

test("the machine's clock, so taken, lets others have their turn between two", async () => {
  const clock = oneARound(realClock);
  const ran: string[] = [];
  const done = new Promise<void>((resolve) => {
    clock.defer(() => void ran.push("first"));
    clock.defer(() => {
      ran.push("second");
      resolve();
    });
    realClock.defer(() => void ran.push("between"));
  });
  await done;
  expect(ran).toEqual(["first", "between", "second"]);
});

test("times are those of the given clock", async () => {
  const virtual = new VirtualClock(5_000);
  const clock = oneARound(virtual);
  const fired: number[] = [];
  clock.setTimeout(() => void fired.push(clock.now()), 10);
  await virtual.run(20);
  expect([fired, clock.wallMs()]).toEqual([[5_010], 5_020]);
});
