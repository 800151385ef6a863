/*
 * Hands on what comes a part in each turn of the event loop.
 * Without it all that came while a thread was busy would be worked on in one turn, and hold back its timers and heartbeats.
 */
import type { Clock } from "./clock.js";

/** Where things go, and how much of them one turn takes. */
export interface PacedPorts<T> {
  readonly clock: Pick<Clock, "defer">;
  /** So much is handed on in one turn, by `sizeOf`, or one thing that is larger. */
  readonly perTurn: number;
  readonly sizeOf: (one: T) => number;
  readonly handOn: (one: T) => void;
}

/** Hands things on in the order in which they come: at once, or in a later turn when one has had enough. */
export class Paced<T> {
  readonly #ports: PacedPorts<T>;
  #waiting: T[] = [];
  /** The first of these that waits. */
  #first = 0;
  #waitingSize = 0;
  /** What was handed on since the last turn that was due, in one turn or more: where there is little, no turn is asked for. */
  #handedOn = 0;
  /** True when that is enough: what comes waits for the next turn. */
  #isDue = false;

  constructor(ports: PacedPorts<T>) {
    this.#ports = ports;
  }

  /** How much waits, by `sizeOf`. */
  get waiting(): number {
    return this.#waitingSize;
  }

  push(one: T): void {
    if (this.#isDue) {
      this.#waiting.push(one);
      this.#waitingSize += this.#ports.sizeOf(one);
    } else this.#handOn(one);
  }

  /** Hands on all that waits, at once. */
  flush(): void {
    for (let next = this.#take(); next !== undefined; next = this.#take()) this.#ports.handOn(next);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
    this.#first = 0;
    this.#waitingSize = 0;
  }

  #take(): T | undefined {
    const next = this.#waiting[this.#first++];
    if (next === undefined) this.clear();
    else this.#waitingSize -= this.#ports.sizeOf(next);
    return next;
  }

  #handOn(one: T): void {
    const { sizeOf, perTurn, clock, handOn } = this.#ports;
    this.#handedOn += sizeOf(one);
    if (this.#handedOn >= perTurn) {
      this.#isDue = true;
      clock.defer(() => this.#turn());
    }
    handOn(one);
  }

  #turn(): void {
    this.#handedOn = 0;
    this.#isDue = false;
    while (!this.#isDue) {
      const next = this.#take();
      if (next === undefined) return;
      this.#handOn(next);
    }
  }
}
