import { microtask } from "./microtask.js";

/**
 * Gathers what one turn brings and sends it at the turn's end, in one piece.
 * Without it each sender writes "first in this turn, then a microtask, then swap and send" anew, and one of them forgets the swap.
 */
export class TurnBatch<T> {
  readonly #send: (items: readonly T[]) => void;
  #items: T[] = [];

  /** `send` has the items of one turn, in the order they came; never none. What it adds itself is of the next batch. */
  constructor(send: (items: readonly T[]) => void) {
    this.#send = send;
  }

  /** How many wait for the end of the turn. */
  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    if (this.#items.length === 0) microtask(() => this.flush());
    this.#items.push(item);
  }

  /** Sends what waits at once. */
  flush(): void {
    const items = this.#items;
    if (items.length === 0) return;
    this.#items = [];
    this.#send(items);
  }
}
