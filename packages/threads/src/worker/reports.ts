import type { DeadLetter, HandlerFailure, ToMainFrame } from "@process-hub/protocol";

const detailed = 64;

/**
 * Gathers a turn's dead letters, and its handlers that threw, into one report of each: the first ones whole, the rest counted.
 * Without it a flood of dead letters would be as large again on its way to the main thread.
 */
export class Reports {
  readonly #send: (frame: ToMainFrame) => void;
  #letters: DeadLetter[] = [];
  #counted = new Map<string, number>();
  #failures: HandlerFailure[] = [];
  #moreFailures = 0;
  #isDue = false;

  constructor(send: (frame: ToMainFrame) => void) {
    this.#send = send;
  }

  /** Takes one in; it is reported at the end of this turn. */
  deadLetter(letter: DeadLetter): void {
    this.#due();
    if (this.#letters.length < detailed) this.#letters.push(letter);
    else this.#counted.set(letter.reason, (this.#counted.get(letter.reason) ?? 0) + letter.count);
  }

  /** A handler threw; it is reported at the end of this turn. */
  handlerFailed(failure: HandlerFailure): void {
    this.#due();
    if (this.#failures.length < detailed) this.#failures.push(failure);
    else this.#moreFailures++;
  }

  #due(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#isDue = false;
    const [failures, more] = [this.#failures, this.#moreFailures];
    this.#failures = [];
    this.#moreFailures = 0;
    if (failures.length > 0) this.#send({ type: "handlersFailed", failures, more });
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
    if (letters.length > 0) this.#send({ type: "deadLetters", envelopes: letters });
  }
}
