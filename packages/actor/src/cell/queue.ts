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

  /** The first item of this kind, which stays. */
  find(isIt: (item: T) => boolean): T | undefined {
    for (const item of this) if (isIt(item)) return item;
    return undefined;
  }

  /** Takes the first item of this kind out; undefined: there is none. Costs as much as there are. */
  remove(isIt: (item: T) => boolean): T | undefined {
    const mask = this.#items.length - 1;
    for (let i = 0; i < this.#size; i++) {
      const item = this.#items[(this.#head + i) & mask] as T;
      if (!isIt(item)) continue;
      for (let j = i + 1; j < this.#size; j++) this.#items[(this.#head + j - 1) & mask] = this.#items[(this.#head + j) & mask];
      this.#size--;
      this.#items[(this.#head + this.#size) & mask] = undefined;
      return item;
    }
    return undefined;
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
