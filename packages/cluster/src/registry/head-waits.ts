/*
 * Lets a caller wait until this node knows some authors as far as given change numbers.
 * Without it an answer of another node would be used before the records that it speaks of have arrived here.
 */
import type { Clock, Head } from "@process-hub/protocol";

/** Waits until some heads are reached, each wait for a bounded time. */
export class HeadWaits {
  readonly #clock: Clock;
  readonly #atMostMs: number;
  readonly #reached: (head: Head) => boolean;
  readonly #open = new Set<() => void>();

  constructor(clock: Clock, atMostMs: number, reached: (head: Head) => boolean) {
    this.#clock = clock;
    this.#atMostMs = atMostMs;
    this.#reached = reached;
  }

  /** Runs `done` once: when all heads are reached (at once, if they are), or at the end of the time. */
  add(heads: readonly Head[], done: () => void): void {
    if (heads.every((head) => this.#reached(head))) {
      done();
      return;
    }
    const end = (): void => {
      timer.cancel();
      if (this.#open.delete(look)) done();
    };
    const look = (): void => {
      if (heads.every((head) => this.#reached(head))) end();
    };
    const timer = this.#clock.setTimeout(end, this.#atMostMs);
    this.#open.add(look);
  }

  /** This node knows an author further than before. */
  look(): void {
    for (const look of [...this.#open]) look();
  }
}
