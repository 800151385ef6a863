import { describe, expect, it } from "vitest";
import type { Clock } from "./clock.js";
import { Waiters } from "./waiters.js";

/** A clock whose only timer a test fires by hand. */
function handClock(): { clock: Clock; fire: () => void; pending: () => boolean } {
  let due: (() => void) | undefined;
  const timer = { cancel: () => void (due = undefined) };
  const set = (run: () => void): typeof timer => {
    due = run;
    return timer;
  };
  return {
    clock: { now: () => 0, wallMs: () => 0, setTimeout: set, defer: set },
    fire: () => due?.(),
    pending: () => due !== undefined,
  };
}

describe("waiters", () => {
  it("wake all together, in the order they came", async () => {
    const waiters = new Waiters();
    const woken: string[] = [];
    const all = ["a", "b"].map((name) => waiters.wait().then(() => woken.push(name)));
    expect(waiters.size).toBe(2);
    expect(woken).toEqual([]);
    waiters.release();
    await Promise.all(all);
    expect(woken).toEqual(["a", "b"]);
    expect(waiters.size).toBe(0);
  });

  it("wait for the next release when they come after one", async () => {
    const waiters = new Waiters();
    waiters.release();
    let woken = false;
    const late = waiters.wait().then(() => {
      woken = true;
    });
    await Promise.resolve();
    expect(woken).toBe(false);
    waiters.release();
    await late;
    expect(woken).toBe(true);
  });

  it("within a time: true when released, and the timer is gone", async () => {
    const waiters = new Waiters();
    const { clock, pending } = handClock();
    const released = waiters.waitWithin(clock, 5);
    waiters.release();
    expect(await released).toBe(true);
    expect(pending()).toBe(false);
  });

  it("within a time: false at its end, and nobody waits any more", async () => {
    const waiters = new Waiters();
    const { clock, fire } = handClock();
    const released = waiters.waitWithin(clock, 5);
    fire();
    expect(await released).toBe(false);
    expect(waiters.size).toBe(0);
  });
});
