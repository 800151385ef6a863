import { type CounterName, counterIndex } from "@process-hub/protocol";

/**
 * The figures of one thread, written into memory that outlives it, so that the host can read what a thread that died had counted.
 * Without it the parts would each have to know how the memory is laid out. The thread is the only writer: plain stores do.
 */
export class ThreadCounters {
  readonly #figures: Float64Array;

  constructor(figures: Float64Array) {
    this.#figures = figures;
  }

  /** Adds to a sum. */
  add(name: CounterName, by = 1): void {
    const index = counterIndex[name];
    this.#figures[index] = (this.#figures[index] ?? 0) + by;
  }

  /** Sets a figure that says how things are now. */
  set(name: CounterName, value: number): void {
    this.#figures[counterIndex[name]] = value;
  }

  /** Raises a figure that keeps a maximum; a lower value changes nothing. */
  most(name: CounterName, value: number): void {
    const index = counterIndex[name];
    if (value > (this.#figures[index] ?? 0)) this.#figures[index] = value;
  }
}
