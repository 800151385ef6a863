/*
 * The room of a thread for actors that leave: for each it keeps a forwarding entry for a while, and of these it has a limited number.
 * Without it a move above the limit would be refused, though entries end all the time.
 */
import type { Clock, PlaceId } from "@process-hub/protocol";

/** What room there is, and how long it is waited for. */
export interface DepartureRoomPorts {
  readonly clock: Clock;
  readonly limit: number;
  readonly waitMs: number;
  /** How many forward, or are about to. */
  readonly used: () => number;
}

interface Waiting {
  readonly most: number;
  readonly to: PlaceId;
  readonly end: (kept: number) => void;
}

/** Room for departures, given in the order in which it was asked for. */
export class DepartureRoom {
  readonly #ports: DepartureRoomPorts;
  readonly #waiting = new Set<Waiting>();
  #kept = 0;

  constructor(ports: DepartureRoomPorts) {
    this.#ports = ports;
  }

  /** Keeps room for so many actors at most, until it is released: resolves with how many have it, 0 when there was none for `waitMs`. */
  keep(most: number, to: PlaceId): number | Promise<number> {
    if (this.#waiting.size === 0 && this.#free > 0) return this.#take(most);
    const { clock, waitMs } = this.#ports;
    return new Promise((resolve) => {
      const end = (kept: number): void => {
        timer.cancel();
        this.#waiting.delete(one);
        resolve(kept);
      };
      const timer = clock.setTimeout(() => end(0), waitMs);
      const one = { most, to, end };
      this.#waiting.add(one);
    });
  }

  /** What was kept is used by now, or not needed. */
  release(kept: number): void {
    this.#kept -= kept;
    this.changed();
  }

  /** There may be more room: those that wait for it have theirs. */
  changed(): void {
    for (const { most, end } of this.#waiting) {
      if (this.#free === 0) return;
      end(this.#take(most));
    }
  }

  /** Those that wait to go to some places wait no longer. */
  giveUp(isOver: (to: PlaceId) => boolean): void {
    for (const { to, end } of this.#waiting) if (isOver(to)) end(0);
  }

  get #free(): number {
    const { limit, used } = this.#ports;
    return Math.max(0, limit - used() - this.#kept);
  }

  #take(most: number): number {
    const kept = Math.min(most, this.#free);
    this.#kept += kept;
    return kept;
  }
}
