import { Queue } from "@process-hub/actor";
import type { Checks, Clock } from "@process-hub/protocol";
import type { OwnContext } from "./own-context.js";

const direct: OwnContext = (work, arg) => work(arg);

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
  /** What the cells have sent leaves now, and not at the end of the turn. False when they have sent nothing. */
  readonly flush?: () => boolean;
  /** Runs the work of a cell in an async context of its own. Default: in that of whoever woke the cells. */
  readonly isolate?: OwnContext | undefined;
}

const quantum = 32;
/** All turns between two rounds of the event loop last as long together, and the message in hand. */
const roundMs = 1;
/** The same where a cell is busy without end: what comes from other threads waits for its turn half as long, and the loop comes by more often. */
const busyRoundMs = 0.5;
/** What was sent leaves within a turn of busy cells, but not more often. */
const flushMs = 0.25;
/** How often a fenced queue looks whether it may run again. */
const fencedLookMs = 20;

/**
 * Runs the cells of one thread that have something to do: a quantum of messages each, in turn, and a round of the event loop after a
 * millisecond, however the cells were woken: an async handler ends in a microtask, and what it wakes would run before all timers and I/O.
 * Without it one busy actor would keep the others of its thread, and the links, from running; or a fenced node would go on.
 */
export class RunQueue {
  readonly #ports: RunQueuePorts;
  readonly #queue = new Queue<Runnable>();
  #scheduled = false;
  #running = false;
  #halted = false;
  #nowMs = 0;
  /** The last cell that used its whole quantum. */
  #busy: Runnable | undefined;
  /** The busy cell that the end of the turn came upon: in the next one it is behind what woke between the two. */
  #cutOff: Runnable | undefined;
  /** The cells that ran last, the latest first. */
  readonly #lastRan: (Runnable | undefined)[] = [];
  #flushFromMs = 0;
  /** When the turn is to end. */
  #endMs = 0;
  /** When it is the event loop's turn: set while turns have used some of its time since it came by. */
  #roundEndMs: number | undefined;

  constructor(ports: RunQueuePorts) {
    this.#ports = ports;
  }

  /** True within a turn, and for good when a turn has thrown. */
  get isRunning(): boolean {
    return this.#running;
  }

  /** The cells that ran last, the latest first: three at most. */
  get lastRan(): readonly Runnable[] {
    return [...new Set(this.#lastRan.filter((cell) => cell !== undefined))];
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
    const isOver = this.#roundEndMs !== undefined && this.#ports.clock.now() >= this.#roundEndMs;
    if (isOver) this.#ports.clock.defer(() => this.#turn());
    else queueMicrotask(() => this.#turn());
  }

  #turn(): void {
    const { clock, checks, isFenced, flush, isolate = direct } = this.#ports;
    this.#scheduled = false;
    if (this.#halted) return;
    this.#running = true;
    const startMs = clock.now();
    this.#nowMs = startMs;
    if (isFenced(startMs)) {
      checks.mark("turnFenced");
      this.#running = false;
      this.#scheduled = true;
      clock.setTimeout(() => this.#turn(), fencedLookMs);
      return;
    }
    const round = this.#cutOff === undefined ? roundMs : busyRoundMs;
    const endMs = Math.max(this.#roundEndMs ?? startMs + round, startMs);
    this.#endMs = endMs;
    if (this.#cutOff !== undefined) this.wake(this.#cutOff);
    this.#cutOff = undefined;
    for (let cell = this.#queue.shift(); cell !== undefined; cell = this.#queue.shift()) {
      cell.leaveQueue();
      this.#noteRun(cell);
      const isBusy = isolate(this.#runQuantum, cell) === quantum;
      if (isBusy) this.#busy = cell;
      // A machine that was suspended meanwhile may not go on with the turn: its monotonic clock has not moved.
      const isEnd = this.#nowMs >= endMs || isFenced(this.#nowMs);
      if (isEnd && cell === this.#busy) this.#cutOff = cell;
      else this.wake(cell);
      // Beside a busy cell the turn will last: what the others have sent need not wait for its end.
      const lasts = isBusy || (this.#queue.size > 0 && this.#queue.first === this.#busy);
      if (lasts && this.#nowMs >= this.#flushFromMs && flush?.() === true) this.#flushFromMs = this.#nowMs + flushMs;
      if (isEnd) break;
    }
    this.#running = false;
    if (this.#nowMs > startMs) this.#roundBegan(endMs);
    if (this.#queue.size > 0 || this.#cutOff?.runnable === true) {
      this.#scheduled = true;
      clock.defer(() => this.#turn());
    }
  }

  /** Has a cell handle messages, as many as its quantum has and the time allows, and gives their number. */
  readonly #runQuantum = (cell: Runnable): number => {
    const { clock } = this.#ports;
    let steps = 0;
    while (steps < quantum && cell.runnable && (steps === 0 || this.#nowMs < this.#endMs)) {
      cell.step();
      steps++;
      this.#nowMs = clock.now();
    }
    return steps;
  };

  #noteRun(cell: Runnable): void {
    const last = this.#lastRan;
    if (last[0] === cell) return;
    last[2] = last[1];
    last[1] = last[0];
    last[0] = cell;
  }

  /** Some of the time between two rounds of the event loop is used up: what is left of it ends at `endMs`, or when the loop comes by. */
  #roundBegan(endMs: number): void {
    if (this.#roundEndMs !== undefined) return;
    this.#roundEndMs = endMs;
    this.#ports.clock.defer(() => {
      this.#roundEndMs = undefined;
    });
  }
}
