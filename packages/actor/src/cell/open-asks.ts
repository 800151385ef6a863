/** How many numbers are kept before those that are settled are looked for. */
const firstLook = 32;

/**
 * The asks that a handler has made, by their numbers at its place, so that those that are open still can end with it.
 * Without it an aborted handler would go on waiting, and nobody could say which actors it waits for. Settled ones are found when it is read,
 * so that an ask costs one number.
 */
export class OpenAsks {
  readonly #isPending: (ask: number) => boolean;
  #asks: number[] = [];
  #nextLook = firstLook;

  constructor(isPending: (ask: number) => boolean) {
    this.#isPending = isPending;
  }

  add(ask: number): void {
    if (this.#asks.length >= this.#nextLook) {
      this.#asks = this.open();
      this.#nextLook = Math.max(firstLook, 2 * this.#asks.length);
    }
    this.#asks.push(ask);
  }

  has(ask: number): boolean {
    return this.#asks.includes(ask) && this.#isPending(ask);
  }

  /** True while one of them waits for its reply. */
  get any(): boolean {
    return this.#asks.findLast(this.#isPending) !== undefined;
  }

  /** Those that wait for their reply. */
  open(): number[] {
    return this.#asks.filter(this.#isPending);
  }

  /** The handler has ended. */
  clear(): void {
    if (this.#asks.length > 0) this.#asks.length = 0;
  }
}
