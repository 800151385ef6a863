import { Queue } from "@process-hub/actor";
import type { Checks, Clock } from "@process-hub/protocol";

/** A cell as the queue sees it. */
export interface Runnable {
  readonly runnable: boolean;
  /** True when it is runnable and was in no queue: it is in one now. */
  joinQueue(): boolean;
  leaveQueue(): void;
  /** Handles one message. */
  step(): void;
}

/** The ports of a run queue. */
interface RunQueuePorts {
  readonly clock: Clock;
  readonly checks: Checks;
  /** True while the node's lease is over: nothing may run. */
  readonly isFenced: (nowMs: number) => boolean;
}

const quantum = 32;
const turnMs = 4;
/** How often a fenced queue looks whether it may run again. */
const fencedLookMs = 20;

/**
 * Runs the cells of one thread that have something to do: a quantum of messages each, in turn, and a pause for I/O after some ms.
 * Without it one busy actor would keep the others of its thread, and the links, from running; or a fenced node would go on.
 */
export class RunQueue {
  readonly #ports: RunQueuePorts;
  readonly #queue = new Queue<Runnable>();
  #scheduled = false;
  #running = false;
  #halted = false;
  #nowMs = 0;

  constructor(ports: RunQueuePorts) {
    this.#ports = ports;
  }

  /** The time of this turn; between turns, of the clock. */
  now(): number {
    return this.#running ? this.#nowMs : this.#ports.clock.now();
  }

  /** Queues what has something to do, once. */
  wake(cell: Runnable): void {
    if (!cell.joinQueue()) return;
    this.#queue.push(cell);
    this.#schedule();
  }

  /** Nothing begins to run any more. */
  halt(): void {
    this.#halted = true;
  }

  #schedule(): void {
    if (this.#scheduled || this.#running) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#turn());
  }

  #turn(): void {
    const { clock, checks, isFenced } = this.#ports;
    this.#scheduled = false;
    if (this.#halted) return;
    this.#running = true;
    this.#nowMs = clock.now();
    if (isFenced(this.#nowMs)) {
      checks.mark("turnFenced");
      this.#running = false;
      this.#scheduled = true;
      clock.setTimeout(() => this.#turn(), fencedLookMs);
      return;
    }
    const endMs = this.#nowMs + turnMs;
    for (let cell = this.#queue.shift(); cell !== undefined; cell = this.#queue.shift()) {
      cell.leaveQueue();
      for (let n = 0; n < quantum && cell.runnable; n++) cell.step();
      this.#nowMs = clock.now();
      this.wake(cell);
      // A machine that was suspended meanwhile may not go on with the turn: its monotonic clock has not moved.
      if (this.#nowMs >= endMs || isFenced(this.#nowMs)) break;
    }
    this.#running = false;
    if (this.#queue.size > 0) {
      this.#scheduled = true;
      clock.defer(() => this.#turn());
    }
  }
}
