import type { DeadLetter, ToMainFrame } from "@process-hub/protocol";

const detailed = 64;

/** Gathers a turn's dead letters into one report: the first ones whole, the rest counted by reason, so that a flood stays small. */
export class Reports {
  readonly #send: (frame: ToMainFrame) => void;
  #envelopes: DeadLetter[] = [];
  #counted = new Map<string, number>();

  constructor(send: (frame: ToMainFrame) => void) {
    this.#send = send;
  }

  deadLetter(envelope: DeadLetter): void {
    if (this.#envelopes.length === 0 && this.#counted.size === 0) queueMicrotask(() => this.#flush());
    if (this.#envelopes.length < detailed) this.#envelopes.push(envelope);
    else this.#counted.set(envelope.reason, (this.#counted.get(envelope.reason) ?? 0) + envelope.count);
  }

  #flush(): void {
    const envelopes = this.#envelopes;
    for (const [reason, count] of this.#counted) {
      envelopes.push({
        to: null,
        message: null,
        sender: null,
        reason,
        detail: `${count} more dead letters in the same turn`,
        count,
      });
    }
    this.#envelopes = [];
    this.#counted = new Map();
    this.#send({ type: "deadLetters", envelopes });
  }
}
