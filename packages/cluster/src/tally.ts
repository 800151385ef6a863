import { type CounterName, counterIndex, createCounters, readCounters } from "@process-hub/protocol";
import type { Coordinator } from "./coordinator.js";

/** The main thread's counters, and the events of what it counts itself: frames that do not fit, letters that were lost on the way. */
export class Tally {
  readonly #coordinator: Coordinator;
  readonly #counters = createCounters();

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  count(name: CounterName, by: number): void {
    const index = counterIndex[name];
    this.#counters[index] = (this.#counters[index] ?? 0) + by;
  }

  /** A frame of a peer does not fit. */
  badFrame(peer: string, error: unknown): void {
    this.count("badFrames", 1);
    this.#coordinator.hooks.emit("badFrame", { peer, error: error instanceof Error ? error.message : String(error) });
  }

  /** So many letters, of which no more is known, will not arrive. */
  lost(count: number, reason: string, detail: string): void {
    if (count === 0) return;
    const { hooks, node } = this.#coordinator;
    this.count("deadLettered", count);
    hooks.emit("deadLetter", { to: null, message: null, sender: null, reason, detail, count, node });
  }

  /** All figures by name. */
  read(): Record<CounterName, number> {
    return readCounters(this.#counters);
  }
}
