/**
 * Restart intensity: at most `max` restarts within any `withinMs` that the actor runs, with pauses between them that grow while it crashes
 * soon after each.
 * Source: the supervision of Erlang/OTP; the pauses are those of a backoff supervisor.
 * Without it an actor that crashes at every start would restart for ever, and as fast as its thread can.
 */
import { backoffMs, minPauseMs, type Random } from "@process-hub/protocol";

/** The crashes of an actor that never had one. */
const none: readonly number[] = Object.freeze([]);

/** The crashes of one actor, and how long it ran between them. Pauses, and the time that an `init` takes, do not count as running. */
export class RestartWindow {
  readonly #max: number;
  readonly #withinMs: number;
  /** When each counted crash came, in the time that the actor ran. */
  #atMs: readonly number[] = none;
  #ranMs = 0;
  #runsSinceMs = Number.NEGATIVE_INFINITY;
  #inARow = 0;
  #pauseMs = minPauseMs;

  constructor(max: number, withinMs: number) {
    this.#max = max;
    this.#withinMs = withinMs;
  }

  /** The actor runs again. */
  began(nowMs: number): void {
    this.#runsSinceMs = nowMs;
  }

  /**
   * Notes a crash. How long the actor waits before it begins anew, in milliseconds: not at all after it ran for longer than it last waited;
   * undefined when the crash is one too many.
   */
  crashed(nowMs: number, random: Pick<Random, "next">): number | undefined {
    const ranMs = Math.min(nowMs - this.#runsSinceMs, this.#withinMs);
    this.#ranMs += ranMs;
    const recent = this.#atMs.filter((atMs) => this.#ranMs - atMs < this.#withinMs);
    this.#atMs = recent;
    if (recent.length >= this.#max) return undefined;
    recent.push(this.#ranMs);
    this.#inARow = ranMs > this.#pauseMs ? 0 : this.#inARow + 1;
    this.#pauseMs = Math.max(minPauseMs, this.#inARow === 0 ? 0 : backoffMs(this.#inARow, random));
    return this.#inARow === 0 ? 0 : this.#pauseMs;
  }
}
