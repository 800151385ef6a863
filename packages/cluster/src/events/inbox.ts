/*
 * The coordinator's one queue of events, with a lock that lets urgent ones through.
 * Without it two reactions of a coordinator could run at the same time, and each would see the other's half-done work.
 */
import type { Clock, Timer } from "@process-hub/protocol";

/** How urgent an event of the coordinator is; a lock lets events of its level or above through. */
export const Priority = { housekeeping: 0, membership: 1, call: 2, recovery: 3 } as const;
/** One of the levels of `Priority`. */
export type Priority = (typeof Priority)[keyof typeof Priority];

interface Event {
  readonly priority: Priority;
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
  readonly #events: Event[] = [];
  #serving = false;
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
    this.#events.push({ priority, serve });
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
    this.#events.length = 0;
  }

  async #serve(): Promise<void> {
    if (this.#serving) return;
    this.#serving = true;
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      try {
        await event.serve();
      } catch (error) {
        this.#ports.failed(error);
      }
    }
    this.#serving = false;
  }

  #next(): Event | undefined {
    const level = this.#lock?.level ?? Priority.housekeeping;
    const index = this.#events.findIndex(({ priority }) => priority >= level);
    return index === -1 ? undefined : this.#events.splice(index, 1)[0];
  }
}
