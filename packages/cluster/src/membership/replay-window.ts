/*
 * Remembers which numbers of a sender have come, so that a datagram counts once.
 * Without it whoever recorded a datagram could send it again, and a node would hear it as new.
 */

/** How far a datagram may be overtaken by others and still count. Above the datagrams that a link sends at a time. */
export const windowSize = 4_096;

/**
 * The numbers of one life of a sender: each is accepted once, and none that is further behind than the window.
 * Source: the anti-replay window of IPsec, RFC 4303, section 3.4.3.
 */
export class ReplayWindow {
  readonly #seen = new Uint8Array(windowSize);
  #highest = 0;

  /** True for a number that has not come before and is not too old; it has come from now on. */
  accepts(number: number): boolean {
    if (!Number.isSafeInteger(number) || number <= Math.max(0, this.#highest - windowSize)) return false;
    if (number > this.#highest) {
      const from = Math.max(this.#highest + 1, number - windowSize + 1);
      for (let skipped = from; skipped <= number; skipped++) this.#seen[skipped % windowSize] = 0;
      this.#highest = number;
    }
    if (this.#seen[number % windowSize] === 1) return false;
    this.#seen[number % windowSize] = 1;
    return true;
  }
}
