import type { Clock, Timer } from "@process-hub/protocol";

/** Calls `clean` again and again for as long as it says that something is left to clean: nothing is due while nothing ages. */
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

  /** There is something that will age. */
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
