/**
 * The asks that wait, by their numbers, which only grow: each in the slot of an array that its number says.
 * Without it they would be in a `Map`, whose table is made anew after as many asks as wait. Where it is old, each table that it leaves behind keeps
 * those alive that were in it, through the next collection of young objects: a quarter of the time of a thread that asks.
 */

const least = 64;
const most = 65_536;

/** Those that wait. Each step costs the same, however many there are. */
export class AskTable<A extends { readonly number: number }> {
  #slots: (A | undefined)[] = new Array(least).fill(undefined);
  /** Those whose slot one has that has waited for longer. */
  readonly #others = new Map<number, A>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(number: number): A | undefined {
    const ask = this.#slots[number & (this.#slots.length - 1)];
    if (ask?.number === number) return ask;
    return this.#others.size === 0 ? undefined : this.#others.get(number);
  }

  /** Adds one, of a number that no other has. */
  add(ask: A): void {
    if (this.#size >= this.#slots.length >> 1 && this.#slots.length < most) this.#grow();
    this.#put(ask);
    this.#size++;
  }

  /** Takes one out; undefined: it is not there. */
  take(number: number): A | undefined {
    const slot = number & (this.#slots.length - 1);
    const ask = this.#slots[slot];
    if (ask?.number === number) this.#slots[slot] = undefined;
    const taken = ask?.number === number ? ask : this.#others.get(number);
    if (taken === undefined) return undefined;
    if (taken !== ask) this.#others.delete(number);
    this.#size--;
    return taken;
  }

  /** All of them, the one that began first first. Costs as much as there are. */
  all(): A[] {
    const all = [...this.#slots.filter((ask) => ask !== undefined), ...this.#others.values()];
    return all.sort((a, b) => a.number - b.number);
  }

  #put(ask: A): void {
    const slot = ask.number & (this.#slots.length - 1);
    if (this.#slots[slot] === undefined) this.#slots[slot] = ask;
    else this.#others.set(ask.number, ask);
  }

  #grow(): void {
    const all = this.all();
    this.#slots = new Array(this.#slots.length * 2).fill(undefined);
    this.#others.clear();
    for (const ask of all) this.#put(ask);
  }
}
