import { VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { CurrentWork, isPromise } from "./current-work.js";

function work() {
  const seen: unknown[] = [];
  const current = new CurrentWork({ workChanged: (busy) => void seen.push(busy) });
  let done: (value: string) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const begin = (): void => {
    const promise = new Promise<string>((resolve, reject) => {
      done = resolve;
      fail = reject;
    });
    current.begin(
      promise,
      (value) => void seen.push(value),
      (error) => void seen.push(error),
    );
  };
  return { current, seen, begin, done: (value: string) => done(value), fail: (error: unknown) => fail(error) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the work a cell has in hand", () => {
  test("keeps it busy until it settles, and says what came of it", async () => {
    const { current, seen, begin, done, fail } = work();
    begin();
    expect(current.busy).toBe(true);
    done("well");
    await settled();
    begin();
    fail("ill");
    await settled();
    expect(seen).toEqual([true, false, "well", true, false, "ill"]);
    expect(current.busy).toBe(false);
  });

  test("no longer counts once it was given up, whatever it comes to", async () => {
    const { current, seen, begin, done } = work();
    begin();
    current.giveUp();
    done("late");
    await settled();
    expect([seen, current.busy]).toEqual([[true, false], false]);
  });

  test("is waited for: true at its end or when it is given up, false at the deadline", async () => {
    const clock = new VirtualClock(1_000);
    const { current, begin, done } = work();
    expect(await current.idleWithin(clock, 5)).toBe(true);
    begin();
    const late = current.idleWithin(clock, 5);
    await clock.run(5);
    expect(await late).toBe(false);
    const ended = current.idleWithin(clock, 50);
    done("well");
    expect(await ended).toBe(true);
    begin();
    const givenUp = current.idleWithin(clock, 50);
    current.giveUp();
    expect(await givenUp).toBe(true);
  });

  test("may be followed by the next at once: a wait goes on until that ends too", async () => {
    const clock = new VirtualClock(1_000);
    const current = new CurrentWork({ workChanged: () => {} });
    let over = (): void => {};
    const next = (): void =>
      current.begin(
        new Promise<void>((resolve) => (over = resolve)),
        () => {},
        () => {},
      );
    current.begin(Promise.resolve(), next, next);
    let idle = false;
    void current.idleWithin(clock, 100).then((is) => (idle = is));
    await settled();
    expect([idle, current.busy]).toEqual([false, true]);
    over();
    await settled();
    expect(idle).toBe(true);
  });
});

test("a promise is waited for, a value is not", () => {
  expect([isPromise(Promise.resolve()), isPromise({}), isPromise(null), isPromise(1)]).toEqual([true, false, false, false]);
});
