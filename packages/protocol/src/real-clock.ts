import type { Clock, Timer } from "./clock.js";

/** Node's own timers fire at once when they are to wait longer. */
const longestMs = 2 ** 31 - 1;

/**
 * The machine's clock: wall time at the start of the process, then the monotonic clock, so it never goes back and all threads agree.
 * Without it a step of the wall clock could fire timeouts early, and threads would disagree on the time.
 */
export const realClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  wallMs: () => Date.now(),
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
