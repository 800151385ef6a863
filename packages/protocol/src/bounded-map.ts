/**
 * A map that holds at most so many entries: the one set longest ago makes room for a new one.
 * Without it each holder drops the first key of a `Map`, and looking for that walks past all that were deleted before it.
 */
interface Entry<K, V> {
  readonly key: K;
  readonly value: V;
  older: Entry<K, V> | undefined;
  newer: Entry<K, V> | undefined;
}

/** Entries in the order in which they were set last; setting a key again makes it the newest. Every step costs the same, however many there are. */
export class BoundedMap<K, V> {
  readonly #limit: number;
  readonly #evicted: ((key: K, value: V) => void) | undefined;
  readonly #byKey = new Map<K, Entry<K, V>>();
  #oldest: Entry<K, V> | undefined;
  #newest: Entry<K, V> | undefined;

  /** `evicted` is called for each that made room, after it has gone. */
  constructor(limit: number, evicted?: (key: K, value: V) => void) {
    this.#limit = limit;
    this.#evicted = evicted;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The one that would make room next. */
  get oldest(): readonly [K, V] | undefined {
    return this.#oldest === undefined ? undefined : [this.#oldest.key, this.#oldest.value];
  }

  get(key: K): V | undefined {
    return this.#byKey.get(key)?.value;
  }

  has(key: K): boolean {
    return this.#byKey.has(key);
  }

  set(key: K, value: V): void {
    this.delete(key);
    const entry: Entry<K, V> = { key, value, older: this.#newest, newer: undefined };
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#byKey.set(key, entry);
    while (this.#byKey.size > this.#limit && this.#oldest !== undefined) {
      const { key: first, value: its } = this.#oldest;
      this.delete(first);
      this.#evicted?.(first, its);
    }
  }

  /** True when it was there. */
  delete(key: K): boolean {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return false;
    this.#byKey.delete(key);
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    return true;
  }

  /** All entries, the one set longest ago first. Those that are deleted meanwhile are left out. */
  *[Symbol.iterator](): IterableIterator<[K, V]> {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer)
      if (this.#byKey.get(entry.key) === entry) yield [entry.key, entry.value];
  }
}
