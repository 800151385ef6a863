import { noChecks } from "@process-hub/protocol";
import { settle, VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { type Runnable, RunQueue } from "./run-queue.js";

/** A queue, and cells that note each step, which takes `stepMs`. */
function scene(isFenced: (nowMs: number) => boolean = () => false, flush?: (nowMs: number) => boolean) {
  const clock = new VirtualClock();
  const flushed = flush && { flush: () => flush(clock.now()) };
  const queue = new RunQueue({ clock, checks: noChecks, isFenced, ...flushed });
  const steps: string[] = [];
  const cell = (name: string, messages: number, step = (): void => {}): Runnable => {
    let left = messages;
    let queued = false;
    const each: Runnable = {
      get runnable() {
        return left > 0;
      },
      joinQueue: () => !queued && left > 0 && (queued = true),
      leaveQueue: () => void (queued = false),
      step: () => {
        left--;
        steps.push(name);
        step();
      },
    };
    queue.wake(each);
    return each;
  };
  return { clock, queue, steps, cell };
}

/** The event loop comes by once, with all that was deferred until now: at most two things here. */
async function loop(clock: VirtualClock): Promise<void> {
  for (let n = 0; n < 2 && clock.turn(); n++) await settle();
}

/** "a3 b2": runs of equal steps. */
function runs(steps: readonly string[]): string {
  const found: [string, number][] = [];
  for (const name of steps) {
    const last = found.at(-1);
    if (last?.[0] === name) last[1]++;
    else found.push([name, 1]);
  }
  return found.map(([name, times]) => `${name}${times}`).join(" ");
}

describe("turns", () => {
  test("cells take turns of 32 messages each, in the order in which they woke", async () => {
    const { steps, cell } = scene();
    cell("a", 70);
    cell("b", 40);
    await settle();
    expect(runs(steps)).toBe("a32 b32 a32 b8 a6");
  });

  test("a turn begins after the code that woke the cell, never within it", async () => {
    const { steps, cell } = scene();
    cell("a", 1);
    expect(steps).toEqual([]);
    await settle();
    expect(steps).toEqual(["a"]);
  });

  test("a turn that has lasted a millisecond ends after the message in hand, and the rest waits until I/O had its turn", async () => {
    const { clock, steps, cell } = scene();
    cell("a", 2, () => clock.advance(clock.now() + 1));
    cell("b", 1);
    await settle();
    expect(steps).toEqual(["a"]);
    await loop(clock);
    expect(steps).toEqual(["a", "b", "a"]);
  });

  test("turns that wake each other in microtasks have a millisecond together, then the event loop comes by", async () => {
    const { clock, queue } = scene();
    let isRunnable = true;
    let steps = 0;
    const loopingCell: Runnable = {
      get runnable() {
        return isRunnable;
      },
      joinQueue: () => isRunnable,
      leaveQueue: () => {},
      step: () => {
        steps++;
        clock.advance(clock.now() + 0.4);
        // As an async handler that tells itself: it has nothing to run until its promise has settled.
        isRunnable = false;
        if (steps < 50)
          queueMicrotask(() => {
            isRunnable = true;
            queue.wake(loopingCell);
          });
      },
    };
    queue.wake(loopingCell);
    await settle();
    expect(steps).toBe(3);
    await loop(clock);
    expect(steps).toBe(6);
  });

  test("what was sent beside a cell that uses its whole quantum leaves before the turn ends, and not more often than every 0.25 ms", async () => {
    const clock = new VirtualClock();
    const flushes: number[] = [];
    const startMs = clock.now();
    const flush = (): boolean => flushes.push(clock.now() - startMs) > 0;
    const queue = new RunQueue({ clock, checks: noChecks, isFenced: () => false, flush });
    let left = 32 * 8;
    const busy: Runnable = {
      get runnable() {
        return left > 0;
      },
      joinQueue: () => left > 0,
      leaveQueue: () => {},
      step: () => {
        left--;
        if (left % 32 === 0) clock.advance(clock.now() + 0.125);
      },
    };
    queue.wake(busy);
    await settle();
    expect(flushes).toEqual([0.125, 0.375, 0.625, 0.875]);
  });

  test("a busy cell that the end of a turn came upon is behind what woke since, and before what wakes later", async () => {
    const { clock, steps, cell } = scene();
    cell("busy", 200, () => clock.advance(clock.now() + 0.025));
    await settle();
    expect(runs(steps)).toBe("busy40");
    cell("ball", 1);
    await loop(clock);
    expect(runs(steps).startsWith("busy40 ball1 busy")).toBe(true);
    // Beside a busy cell the event loop comes by after half a millisecond.
    expect(steps.length).toBe(40 + 1 + 20);
  });

  test("what a cell sends that is done at once leaves before a busy cell goes on", async () => {
    const flushes: number[] = [];
    let sent = 0;
    const { clock, cell } = scene(
      () => false,
      (nowMs) => sent > 0 && flushes.push(nowMs) > 0 && --sent === 0,
    );
    const startMs = clock.now();
    cell("busy", 96, () => clock.advance(clock.now() + 0.00625));
    cell("ball", 1, () => sent++);
    await settle();
    expect(flushes.map((atMs) => Math.round((atMs - startMs) * 1_000))).toEqual([200]);
  });

  test("within a turn the time is that of the end of the last message; between turns it is the clock's", async () => {
    const { clock, queue, cell } = scene();
    const seen: number[] = [];
    const startMs = clock.now();
    cell("a", 2, () => {
      seen.push(queue.now() - startMs);
      clock.advance(clock.now() + 0.25);
    });
    await settle();
    expect(seen).toEqual([0, 0.25]);
    expect(queue.now()).toBe(startMs + 0.5);
  });

  test("a cell that is queued, or has nothing to do, is not queued again", async () => {
    const { queue, steps, cell } = scene();
    const a = cell("a", 33);
    queue.wake(a);
    cell("b", 1);
    await settle();
    queue.wake(a);
    await settle();
    expect(runs(steps)).toBe("a32 b1 a1");
  });

  test("what wakes within a turn runs in that turn", async () => {
    const { steps, cell } = scene();
    cell("a", 1, () => void cell("b", 1));
    await settle();
    expect(steps).toEqual(["a", "b"]);
  });
});

describe("a fenced queue", () => {
  test("runs nothing, looks every 20 ms, and goes on when the lease is there again", async () => {
    let isFenced = true;
    const { clock, steps, cell } = scene(() => isFenced);
    cell("a", 1);
    await settle();
    clock.advance(clock.now() + 20);
    expect(steps).toEqual([]);
    isFenced = false;
    clock.advance(clock.now() + 19);
    expect(steps).toEqual([]);
    clock.advance(clock.now() + 1);
    expect(steps).toEqual(["a"]);
  });

  test("looks at the lease by the clock of the turn it is about to begin", async () => {
    const { clock, steps, cell } = scene((nowMs) => nowMs > 1_000_010);
    cell("a", 1);
    clock.advance(1_000_011);
    await settle();
    expect(steps).toEqual([]);
  });
});

test("a machine that was suspended in the midst of a turn ends it with the cell in hand: its monotonic clock has not moved", async () => {
  const { clock, steps, cell } = scene(() => clock.wallMs() > 1_000_010);
  cell("a", 1, () => {
    clock.wallAheadMs = 10_000;
  });
  cell("b", 1);
  await settle();
  expect(steps).toEqual(["a"]);
});

test("a halted queue begins nothing more, also when a turn was due", async () => {
  const { clock, queue, steps, cell } = scene();
  cell("a", 64, () => clock.advance(clock.now() + 1));
  await settle();
  cell("b", 1);
  queue.halt();
  expect(clock.turn()).toBe(true);
  await settle();
  expect(runs(steps)).toBe("a1");
});
