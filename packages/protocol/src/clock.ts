/** A pending timer or turn. */
export interface Timer {
  /** It will not fire. Cancelling twice, or after it fired, does nothing. */
  cancel(): void;
}

/**
 * Time as an argument: the real one reads the machine, the virtual one is moved by a test.
 * Without it a test would have to wait in real time, and a simulated run could not be repeated.
 */
export interface Clock {
  /** Milliseconds since the epoch; never goes back; the same for all threads of a process. It may stand still while the machine is suspended. */
  now(): number;
  /** Milliseconds since the epoch, as the machine shows them to people: goes on while the machine is suspended, and jumps when it is set. */
  wallMs(): number;
  /** Runs `run` once, `delayMs` from now. A pending timer does not keep the process alive. */
  setTimeout(run: () => void, delayMs: number): Timer;
  /** Runs `run` in the next turn of the event loop, after what input and output is due. */
  defer(run: () => void): Timer;
}

/** One instant, as both clocks of a machine had it. Compared on its own machine alone. */
export interface Instant {
  /** By `Clock.now`. */
  readonly nowMs: number;
  /** By `Clock.wallMs`. */
  readonly wallMs: number;
}

/** The present instant. */
export function instant(clock: Pick<Clock, "now" | "wallMs">): Instant {
  return { nowMs: clock.now(), wallMs: clock.wallMs() };
}

/** How long ago an instant was: by the clock that has gone further since, which is the wall clock where the machine was suspended. */
export function passedMs(since: Instant, at: Instant): number {
  return Math.max(at.nowMs - since.nowMs, at.wallMs - since.wallMs);
}
