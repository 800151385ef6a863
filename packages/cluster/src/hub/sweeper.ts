/*
 * Runs a clean-up at intervals, as long as there is something that will be due.
 * Without it values whose time is over would stay in memory, or a timer would run for nothing.
 */
import type { Clock, Timer } from "@process-hub/protocol";

/** Calls `clean` at intervals, for as long as it returns that something is left to clean. */
export class Sweeper {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #clean: (nowMs: number) => boolean;
  #timer: Timer | undefined;
  #closed = false;

  constructor(clock: Clock, everyMs: number, clean: (nowMs: number) => boolean) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#clean = clean;
  }

  /** Something was added that will be due. */
  wake(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      if (this.#clean(this.#clock.now())) this.wake();
    }, this.#everyMs);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }
}
