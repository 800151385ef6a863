/*
 * The clock of a process that is to be suspended as its machine would be: the monotonic part stands still, the wall clock goes on.
 * Without it a stopped process would find on every clock how long it was away, and no real thread would be tried on one that does not say.
 */
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { type Clock, realClock, type Timer } from "@process-hub/protocol";

const held = 0;
const latest = 1;
const shared = "soak.suspendable-clock";

/**
 * The machine's clock, which all threads of a process share and its main thread can hold. Held before a SIGSTOP and released after the
 * SIGCONT, it shows no thread at any moment that the process was away, but by `wallMs`; and what was left to wait before, timers wait after.
 */
export class SuspendableClock implements Clock {
  /** How much was left out so far, and the latest instant that the clock may show, in ms. */
  readonly #memory: Float64Array;

  private constructor(memory: Float64Array) {
    this.#memory = memory;
  }

  /** The clock of this process: the main thread calls it before it starts threads. */
  static ofProcess(): SuspendableClock {
    const given = getEnvironmentData(shared);
    if (given instanceof SharedArrayBuffer) return new SuspendableClock(new Float64Array(given));
    const memory = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT);
    const clock = new SuspendableClock(new Float64Array(memory));
    clock.#memory[latest] = Number.POSITIVE_INFINITY;
    setEnvironmentData(shared, memory);
    return clock;
  }

  now(): number {
    return Math.min(realClock.now() - (this.#memory[held] ?? 0), this.#memory[latest] ?? 0);
  }

  wallMs(): number {
    return realClock.wallMs();
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    const dueMs = this.now() + delayMs;
    const wait = (leftMs: number): Timer =>
      realClock.setTimeout(() => {
        const left = dueMs - this.now();
        if (left < 1) run();
        else timer = wait(left);
      }, leftMs);
    let timer = wait(delayMs);
    return { cancel: () => timer.cancel() };
  }

  defer(run: () => void): Timer {
    return realClock.defer(run);
  }

  /** `now` stands still from here on. */
  hold(): void {
    this.#memory[latest] = this.now();
  }

  /** `now` goes on from where it was held. */
  release(): void {
    // In this order a thread that reads in between sees the held instant.
    this.#memory[held] = realClock.now() - (this.#memory[latest] ?? 0);
    this.#memory[latest] = Number.POSITIVE_INFINITY;
  }
}
