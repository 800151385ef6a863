import type { Clock, PlaceId } from "@process-hub/protocol";
import type { Forwarding } from "./forwardings.js";

/** What passages need from the post. */
export interface PassagePorts {
  readonly clock: Clock;
  readonly retryMs: number;
  readonly isDown: (place: PlaceId) => boolean;
  /** A fresh marker number of the row of forwarding entries. */
  readonly nextFlush: () => number;
  /** Sends a marker along an entry, behind all that it has passed on. */
  readonly send: (entry: Forwarding, flush: number) => void;
}

/** Finds out when all that a place has passed on has arrived. The forwarding entries stay as they are. */
export class Passages {
  readonly #ports: PassagePorts;
  readonly #answered = new Map<number, () => void>();

  constructor(ports: PassagePorts) {
    this.#ports = ports;
  }

  /** Resolves when the marker along each entry was answered, or its place is dead, or nobody waits any more. */
  async behind(entries: readonly Forwarding[], isOver: () => boolean): Promise<void> {
    const left = new Map(entries.map((entry) => [this.#ports.nextFlush(), entry]));
    if (left.size === 0) return;
    return new Promise((resolve) => {
      const end = (flush: number): void => {
        left.delete(flush);
        this.#answered.delete(flush);
        if (left.size === 0) resolve();
      };
      for (const flush of left.keys()) this.#answered.set(flush, () => end(flush));
      const look = (): void => {
        for (const [flush, entry] of left) {
          if (isOver() || this.#ports.isDown(entry.to)) end(flush);
          else this.#ports.send(entry, flush);
        }
        // A marker dies with a place that it comes through.
        if (left.size > 0) this.#ports.clock.setTimeout(look, this.#ports.retryMs);
      };
      look();
    });
  }

  /** A marker along an entry was answered. */
  answered(flush: number): void {
    this.#answered.get(flush)?.();
  }
}
