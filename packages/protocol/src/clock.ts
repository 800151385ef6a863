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
  /** Milliseconds since the epoch; never goes back; the same for all threads of a process. */
  now(): number;
  /** Runs `run` once, `delayMs` from now. A pending timer does not keep the process alive. */
  setTimeout(run: () => void, delayMs: number): Timer;
  /** Runs `run` in the next turn of the event loop, after what input and output is due. */
  defer(run: () => void): Timer;
}
