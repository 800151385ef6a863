/**
 * A first-in, first-out queue in one ring of memory that grows and shrinks by halves.
 * Without it a long mailbox would be slow: `Array.shift` may move all that is left.
 */
export class Queue<T> {
  #items: (T | undefined)[] = new Array(8);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The next item, which stays. */
  get first(): T | undefined {
    return this.#size === 0 ? undefined : this.#items[this.#head];
  }

  push(item: T): void {
    if (this.#size === this.#items.length) this.#resize(this.#size * 2);
    this.#items[(this.#head + this.#size) & (this.#items.length - 1)] = item;
    this.#size++;
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#size--;
    if (this.#items.length > 64 && this.#size < this.#items.length >> 3) this.#resize(this.#items.length >> 1);
    return item;
  }

  /** All items in order; the queue is empty afterwards. */
  drain(): T[] {
    const all = [...this];
    this.#items = new Array(8);
    this.#head = 0;
    this.#size = 0;
    return all;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.#size; i++) yield this.#items[(this.#head + i) & (this.#items.length - 1)] as T;
  }

  #resize(capacity: number): void {
    const items: (T | undefined)[] = new Array(capacity);
    for (let i = 0; i < this.#size; i++) items[i] = this.#items[(this.#head + i) & (this.#items.length - 1)];
    this.#items = items;
    this.#head = 0;
  }
}
