import type { DeadLetter, ToMainFrame } from "@process-hub/protocol";

const detailed = 64;

/**
 * Gathers a turn's dead letters into one report: the first ones whole, the rest counted by reason.
 * Without it a flood of dead letters would be as large again on its way to the main thread.
 */
export class Reports {
  readonly #send: (frame: ToMainFrame) => void;
  #letters: DeadLetter[] = [];
  #counted = new Map<string, number>();

  constructor(send: (frame: ToMainFrame) => void) {
    this.#send = send;
  }

  /** Takes one in; it is reported at the end of this turn. */
  deadLetter(letter: DeadLetter): void {
    if (this.#letters.length === 0 && this.#counted.size === 0) queueMicrotask(() => this.#flush());
    if (this.#letters.length < detailed) this.#letters.push(letter);
    else this.#counted.set(letter.reason, (this.#counted.get(letter.reason) ?? 0) + letter.count);
  }

  #flush(): void {
    const letters = this.#letters;
    for (const [reason, count] of this.#counted) {
      letters.push({
        to: null,
        message: null,
        sender: null,
        reason,
        detail: `${count} more dead letters in the same turn`,
        count,
      });
    }
    this.#letters = [];
    this.#counted = new Map();
    this.#send({ type: "deadLetters", envelopes: letters });
  }
}
