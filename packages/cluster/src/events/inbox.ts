import type { Clock, Timer } from "@process-hub/protocol";

/** How urgent an event of the coordinator is; a lock lets through what is at its level or above. */
export const Priority = { housekeeping: 0, membership: 1, call: 2, recovery: 3 } as const;
/** One of the levels of `Priority`. */
export type Priority = (typeof Priority)[keyof typeof Priority];

interface Event {
  readonly priority: Priority;
  readonly serve: () => void | Promise<void>;
}

/** What an inbox needs. */
export interface InboxPorts {
  readonly clock: Clock;
  /** A lock that its owner forgot is taken away after this time. */
  readonly lockRecoveryMs: number;
  readonly lockChanged: (locked: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The coordinator's one queue: events are served one at a time, in the order they came; while it is locked, only those at or above
 * the lock's level, the rest wait in order. An event that fails is reported, and the next one is served.
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

  /** Locks at a level; `unlock` ends it, at the latest `lockRecoveryMs` does. Returns the unlock of this very lock. */
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
