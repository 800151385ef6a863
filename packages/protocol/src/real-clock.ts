import type { Clock, Timer } from "./clock.js";

/** Node's own timers fire at once when they are to wait longer. */
const longestMs = 2 ** 31 - 1;

/** What a clock is made of: the globals of these names. */
type Globals = Pick<
  typeof globalThis,
  "setTimeout" | "clearTimeout" | "setImmediate" | "clearImmediate" | "performance" | "Date"
>;

/**
 * The machine's clock: wall time at the start of the process, then the monotonic clock, so it never goes back and all threads agree.
 * Without it a step of the wall clock could fire timeouts early, and threads would disagree on the time. It is made of the globals as they are
 * now: what a test puts in their place later (fake timers) does not stop the hub.
 */
export function clockOf({ setTimeout, clearTimeout, setImmediate, clearImmediate, performance, Date: wall }: Globals): Clock {
  const { timeOrigin } = performance;
  const sinceOriginMs = performance.now.bind(performance);
  const wallMs = wall.now;
  return {
    now: () => timeOrigin + sinceOriginMs(),
    wallMs: () => wallMs(),
    setTimeout: (run, delayMs) => {
      const wait = (leftMs: number): NodeJS.Timeout =>
        setTimeout(
          () => {
            if (leftMs <= longestMs) run();
            else timer = wait(leftMs - longestMs);
          },
          Math.min(leftMs, longestMs),
        ).unref();
      let timer = wait(delayMs);
      return { cancel: () => clearTimeout(timer) } satisfies Timer;
    },
    defer: (run) => {
      const turn = setImmediate(run);
      return { cancel: () => clearImmediate(turn) };
    },
  };
}

/** The machine's clock, of the globals as they are when this loads. */
export const realClock: Clock = clockOf(globalThis);
