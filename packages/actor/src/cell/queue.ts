/** The room that a queue begins with. */
const least = 4;

/**
 * A first-in, first-out queue in one ring of memory that grows and shrinks by halves.
 * Without it a long mailbox would be slow: `Array.shift` may move all that is left.
 */
export class Queue<T> {
  /** None until the first one comes: most mailboxes are empty most of the time. */
  #items: (T | undefined)[] | undefined;
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The next item, which stays. */
  get first(): T | undefined {
    return this.#size === 0 ? undefined : this.#items?.[this.#head];
  }

  push(item: T): void {
    let items = (this.#items ??= new Array(least));
    if (this.#size === items.length) items = this.#resize(items, this.#size * 2);
    items[(this.#head + this.#size) & (items.length - 1)] = item;
    this.#size++;
  }

  shift(): T | undefined {
    const items = this.#items;
    if (this.#size === 0 || items === undefined) return undefined;
    const item = items[this.#head];
    items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (items.length - 1);
    this.#size--;
    if (items.length > 64 && this.#size < items.length >> 3) this.#resize(items, items.length >> 1);
    return item;
  }

  /** The first item of this kind, which stays. */
  find(isIt: (item: T) => boolean): T | undefined {
    for (const item of this) if (isIt(item)) return item;
    return undefined;
  }

  /** Takes the first item of this kind out; undefined: there is none. Costs as much as there are. */
  remove(isIt: (item: T) => boolean): T | undefined {
    const items = this.#items ?? [];
    const mask = items.length - 1;
    for (let i = 0; i < this.#size; i++) {
      const item = items[(this.#head + i) & mask] as T;
      if (!isIt(item)) continue;
      for (let j = i + 1; j < this.#size; j++) items[(this.#head + j - 1) & mask] = items[(this.#head + j) & mask];
      this.#size--;
      items[(this.#head + this.#size) & mask] = undefined;
      return item;
    }
    return undefined;
  }

  /** All items in order; the queue is empty afterwards. */
  drain(): T[] {
    const all = [...this];
    this.#items = undefined;
    this.#head = 0;
    this.#size = 0;
    return all;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.#size; i++) {
      const items = this.#items ?? [];
      yield items[(this.#head + i) & (items.length - 1)] as T;
    }
  }

  #resize(old: readonly (T | undefined)[], capacity: number): (T | undefined)[] {
    const items: (T | undefined)[] = new Array(capacity);
    for (let i = 0; i < this.#size; i++) items[i] = old[(this.#head + i) & (old.length - 1)];
    this.#items = items;
    this.#head = 0;
    return items;
  }
}
