import type { Clock } from "./clock.js";

/** The machine's clock: wall time at the start of the process, then the monotonic clock, so it never goes back and all threads agree. */
export const realClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimeout: (run, delayMs) => {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  defer: (run) => {
    const turn = setImmediate(run);
    return { cancel: () => clearImmediate(turn) };
  },
};
