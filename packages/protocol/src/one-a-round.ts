/*
 * Gives each deferred turn a round of the event loop of its own.
 * Without it the slices of ten long lists, all due, would run one after the other in one round, and hold back heartbeats as one long turn does.
 */
import type { Clock, Timer } from "./clock.js";

/** A clock as the given one, but of what was deferred each round of the event loop runs only what waits longest. */
export function oneARound(clock: Clock): Clock {
  /** Each runs once; what is cancelled is no more here. In the order in which they were deferred. */
  const waiting = new Set<{ readonly run: () => void }>();
  let isDue = false;
  const round = (): void => {
    const [first] = waiting;
    isDue = false;
    if (first === undefined) return;
    waiting.delete(first);
    // Before it runs: it may throw.
    look();
    first.run();
  };
  const look = (): void => {
    if (isDue || waiting.size === 0) return;
    isDue = true;
    clock.defer(round);
  };
  return {
    now: () => clock.now(),
    wallMs: () => clock.wallMs(),
    setTimeout: (run, delayMs) => clock.setTimeout(run, delayMs),
    defer: (run): Timer => {
      const turn = { run };
      waiting.add(turn);
      look();
      return { cancel: () => void waiting.delete(turn) };
    },
  };
}
