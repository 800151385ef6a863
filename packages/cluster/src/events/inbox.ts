/*
 * The coordinator's one queue of events, with a lock that lets urgent ones through.
 * Without it two reactions of a coordinator could run at the same time, and each would see the other's half-done work.
 */
import { Queue } from "@process-hub/actor";
import type { Clock, Timer } from "@process-hub/protocol";

/** How urgent an event of the coordinator is; a lock lets events of its level or above through. */
export const Priority = { housekeeping: 0, membership: 1, call: 2, recovery: 3 } as const;
/** One of the levels of `Priority`. */
export type Priority = (typeof Priority)[keyof typeof Priority];

/** So many events are served in one turn of the event loop: one that settles a duplicate takes some 100 us. */
const eventsPerTurn = 100;

interface Event {
  /** In the order in which they came. */
  readonly order: number;
  readonly serve: () => void | Promise<void>;
}

/** The clock and bounds of an inbox, and whom it tells. */
export interface InboxPorts {
  readonly clock: Clock;
  /** A lock that its owner forgot is released after this time. */
  readonly lockRecoveryMs: number;
  readonly lockChanged: (locked: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The coordinator's one queue: events are served one at a time, in the order they came. While it is locked, events below the lock's level
 * wait in order. An event that fails is reported, and the next one is served.
 */
export class Inbox {
  readonly #ports: InboxPorts;
  /** By level, from the least urgent one. */
  readonly #events = Object.values(Priority).map(() => new Queue<Event>());
  #last = 0;
  #serving = false;
  /** Of the events of this turn, or of several that served few. */
  #served = 0;
  #lock: { readonly level: Priority; readonly timer: Timer } | undefined;
  #closed = false;

  constructor(ports: InboxPorts) {
    this.#ports = ports;
  }

  get locked(): boolean {
    return this.#lock !== undefined;
  }

  push(priority: Priority, serve: () => void | Promise<void>): void {
    if (this.#closed) return;
    this.#events[priority]?.push({ order: ++this.#last, serve });
    void this.#serve();
  }

  /** Locks at a level, for at most `lockRecoveryMs`. Returns the function that unlocks this lock and no later one. */
  lock(level: Priority): () => void {
    this.#lock?.timer.cancel();
    const lock = { level, timer: this.#ports.clock.setTimeout(() => unlock(), this.#ports.lockRecoveryMs) };
    const unlock = (): void => {
      if (this.#lock !== lock) return;
      lock.timer.cancel();
      this.#lock = undefined;
      this.#ports.lockChanged(false);
      void this.#serve();
    };
    const before = this.#lock;
    this.#lock = lock;
    if (before === undefined) this.#ports.lockChanged(true);
    return unlock;
  }

  close(): void {
    this.#closed = true;
    this.#lock?.timer.cancel();
    for (const events of this.#events) events.drain();
  }

  async #serve(): Promise<void> {
    if (this.#serving) return;
    this.#serving = true;
    let isFirst = true;
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      try {
        const done = event.serve();
        // What several events say goes out together: but whoever pushed the first one goes on before the next.
        if (done !== undefined || isFirst) await done;
      } catch (error) {
        this.#ports.failed(error);
      }
      isFirst = false;
      if (++this.#served >= eventsPerTurn) await this.#nextTurn();
    }
    this.#serving = false;
  }

  /** A later turn: heartbeats, and what else is due, come first. */
  async #nextTurn(): Promise<void> {
    await new Promise<void>((resolve) => this.#ports.clock.defer(resolve));
    this.#served = 0;
  }

  #next(): Event | undefined {
    const level = this.#lock?.level ?? Priority.housekeeping;
    let first: Queue<Event> | undefined;
    for (const events of this.#events.slice(level)) if (isBefore(events, first)) first = events;
    return first?.shift();
  }
}

/** True when the first event of a queue came before that of another. */
function isBefore({ first }: Queue<Event>, other: Queue<Event> | undefined): boolean {
  return first !== undefined && (other?.first === undefined || first.order < other.first.order);
}
