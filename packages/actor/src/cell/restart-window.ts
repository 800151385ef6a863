/**
 * Restart intensity: at most `max` restarts within any `withinMs`.
 * Source: the supervision of Erlang/OTP.
 * Without it an actor that crashes at every start would restart for ever.
 */
export class RestartWindow {
  readonly #max: number;
  readonly #withinMs: number;
  #atMs: number[] = [];

  constructor(max: number, withinMs: number) {
    this.#max = max;
    this.#withinMs = withinMs;
  }

  /** Notes a restart. False when it is one too many. */
  admit(nowMs: number): boolean {
    this.#atMs = this.#atMs.filter((atMs) => nowMs - atMs < this.#withinMs);
    if (this.#atMs.length >= this.#max) return false;
    this.#atMs.push(nowMs);
    return true;
  }
}
