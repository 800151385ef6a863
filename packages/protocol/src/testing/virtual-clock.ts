/**
 * Time that stands still until a test moves it: step by step, or in one go with all that is ready in promises in between.
 * Without it a test of a time waits for that time, and passes or fails by what else the machine does.
 */
import type { Clock, Timer } from "../clock.js";

interface Due {
  readonly atMs: number;
  /** Timers due at one instant fire in the order in which they were set. */
  readonly order: number;
  readonly run: () => void;
}

/** A clock for tests. It starts at `startMs`. */
export class VirtualClock implements Clock {
  readonly #timers = new Set<Due>();
  /** In the order of their instants: time does not go back. */
  readonly #turns = new Set<Due>();
  #nowMs: number;
  #order = 0;
  /** How far the wall clock is ahead: raised, the machine was suspended, or its wall clock was set. */
  wallAheadMs = 0;

  constructor(startMs = 1_000_000) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs + this.wallAheadMs;
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    return this.#add(this.#timers, this.#nowMs + Math.max(0, delayMs), run);
  }

  defer(run: () => void): Timer {
    return this.#add(this.#turns, this.#nowMs, run);
  }

  /** How many timers and turns wait. */
  get pending(): number {
    return this.#timers.size + this.#turns.size;
  }

  /** When the next timer is due; undefined when there is none. */
  get nextAtMs(): number | undefined {
    return this.#firstTimer(Number.POSITIVE_INFINITY)?.atMs;
  }

  get hasTurns(): boolean {
    return this.#turns.size > 0;
  }

  /** Moves time on by `ms`. Timers fire in order, and the promises that one settles run before the next fires. */
  async run(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (await settle(); this.#runFirst(endMs); ) await settle();
    this.#nowMs = endMs;
  }

  /** Moves time on by `ms` within one turn: timers fire in order, promises wait. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (this.#runFirst(endMs));
    this.#nowMs = endMs;
  }

  /** Stands still for `ms`, as a process that is not given the processor: nothing runs meanwhile. */
  stall(ms: number): void {
    this.#nowMs += ms;
  }

  /** Runs the turn that waits longest. False when none does. */
  turn(): boolean {
    const [first] = this.#turns;
    return this.#take(first);
  }

  /** Moves time on to `atMs` at most, and runs the first timer that is due by then. False when none was. */
  advance(atMs: number): boolean {
    const first = this.#firstTimer(atMs);
    this.#nowMs = Math.max(this.#nowMs, first?.atMs ?? atMs);
    return this.#take(first);
  }

  /** Runs the first timer or turn that is due by an instant. False when there is none. */
  #runFirst(endMs: number): boolean {
    const timer = this.#firstTimer(endMs);
    const [turn] = this.#turns;
    const first = timer === undefined || (turn !== undefined && isBefore(turn, timer)) ? turn : timer;
    if (first !== undefined) this.#nowMs = Math.max(this.#nowMs, first.atMs);
    return this.#take(first);
  }

  #take(due: Due | undefined): boolean {
    if (due === undefined) return false;
    this.#timers.delete(due);
    this.#turns.delete(due);
    due.run();
    return true;
  }

  #firstTimer(byMs: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#timers) if (due.atMs <= byMs && (first === undefined || isBefore(due, first))) first = due;
    return first;
  }

  #add(queue: Set<Due>, atMs: number, run: () => void): Timer {
    const due = { atMs, order: ++this.#order, run };
    queue.add(due);
    return { cancel: () => queue.delete(due) };
  }
}

/** Lets all that is ready in promises and microtasks run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
