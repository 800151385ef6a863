/*
 * Virtual time: a queue of events that are run one at a time, each in the domain of a thread or node.
 * Without it hours of cluster life would take hours, and no run could be repeated.
 */
import type { Clock, Timer } from "@process-hub/protocol";
import { MachineClock } from "./machine-clock.js";

/** A unit that runs, freezes and dies as one: a node's main thread, or one worker thread. */
export class Domain {
  readonly name: string;
  readonly parent: Domain | undefined;
  #state: "running" | "frozen" | "dead" = "running";
  /** Events that came due while it was frozen, in order. */
  parked: (() => void)[] = [];
  /** Deferred turns keep their order. */
  lastTurnAtMs = 0;
  /** One for a node and its threads. */
  readonly machine: MachineClock;

  constructor(name: string, parent?: Domain, machine = parent?.machine ?? new MachineClock(0)) {
    this.name = name;
    this.parent = parent;
    this.machine = machine;
  }

  get dead(): boolean {
    return this.#state === "dead" || this.parent?.dead === true;
  }

  /** True when it was itself frozen, and not only what it belongs to. */
  get frozen(): boolean {
    return this.#state === "frozen";
  }

  /** The frozen domain that stops this one: itself, or the one it belongs to. */
  get frozenBy(): Domain | undefined {
    return this.#state === "frozen" ? this : this.parent?.frozenBy;
  }

  freeze(): void {
    if (this.#state === "running") this.#state = "frozen";
  }

  thaw(): void {
    if (this.#state === "frozen") this.#state = "running";
  }

  die(): void {
    this.#state = "dead";
    this.parked = [];
  }
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly domain: Domain | undefined;
  readonly run: () => void;
  cancelled: boolean;
}

/** The instant at which virtual time begins. */
export const startAtMs = 1_000_000;

/**
 * Virtual time: a heap of events, run one at a time, each followed by all the promise work it sets off.
 * Time stands still while an event runs and jumps to the next one after it.
 */
export class Scheduler {
  readonly #chance: () => number;
  readonly #heap: Event[] = [];
  #order = 0;
  #nowMs: number;

  constructor(chance: () => number, startMs = startAtMs) {
    this.#chance = chance;
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `run` at an instant in a domain: not at all when the domain is dead by then, later when it is frozen. */
  at(atMs: number, domain: Domain | undefined, run: () => void): Timer {
    const event: Event = { atMs: Math.max(atMs, this.#nowMs), order: ++this.#order, domain, run, cancelled: false };
    this.#push(event);
    return {
      cancel: () => {
        event.cancelled = true;
      },
    };
  }

  /** The clock of a domain. */
  clock(domain: Domain): Clock {
    const { machine } = domain;
    return {
      now: () => machine.now(this.#nowMs),
      wallMs: () => machine.wallMs(this.#nowMs),
      setTimeout: (run, delayMs) => this.at(this.#nowMs + machine.waits(Math.max(0, delayMs)), domain, run),
      // A turn takes up to a twentieth of a millisecond, by chance: so the threads interleave differently under each seed.
      defer: (run) => {
        domain.lastTurnAtMs = Math.max(domain.lastTurnAtMs, this.#nowMs + this.#chance() * 0.05);
        return this.at(domain.lastTurnAtMs, domain, run);
      },
    };
  }

  /** Runs the events that came due while the domain was frozen, in order. */
  thaw(domain: Domain): void {
    domain.thaw();
    const { parked } = domain;
    domain.parked = [];
    for (const run of parked) this.at(this.#nowMs, domain, run);
  }

  /** Runs the next event. False when there is none. */
  step(): boolean {
    for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
      if (event.cancelled || event.domain?.dead === true) continue;
      this.#nowMs = event.atMs;
      const frozen = event.domain?.frozenBy;
      if (frozen !== undefined) {
        const late = event;
        frozen.parked.push(() => {
          if (!late.cancelled && late.domain?.dead !== true) late.run();
        });
        continue;
      }
      event.run();
      return true;
    }
    return false;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let i = heap.push(event) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (before(heap[parent] as Event, event)) break;
      heap[i] = heap[parent] as Event;
      i = parent;
    }
    heap[i] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (before(last, heap[child] as Event)) break;
      heap[i] = heap[child] as Event;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
