import type { Clock, PlaceId } from "@process-hub/protocol";
import type { Forwarding } from "./forwardings.js";

/** Where mail for an actor goes on, and under which epoch: as a forwarding entry says. */
export type Way = Pick<Forwarding, "id" | "to" | "nextEpoch">;

/** The ports of probes. */
export interface DrainProbePorts {
  readonly clock: Clock;
  readonly retryMs: number;
  readonly isDown: (place: PlaceId) => boolean;
  /** A fresh marker number of the row of forwarding entries. */
  readonly nextMarkerId: () => number;
  /** Sends a marker along a way, behind all that went there. */
  readonly send: (way: Way, markerId: number) => void;
}

/**
 * Finds out when all that a place has passed on has arrived. Without it nobody could say when a dead thread is drained, and later messages
 * could overtake those it had passed on. The forwarding entries stay as they are.
 */
export class DrainProbes {
  readonly #ports: DrainProbePorts;
  readonly #answered = new Map<number, () => void>();

  constructor(ports: DrainProbePorts) {
    this.#ports = ports;
  }

  /** Resolves when the marker along each way was answered, or its place is dead, or nobody waits any more. */
  async behind(ways: readonly Way[], isOver: () => boolean): Promise<void> {
    const left = new Map(ways.map((way) => [this.#ports.nextMarkerId(), way]));
    if (left.size === 0) return;
    return new Promise((resolve) => {
      const end = (markerId: number): void => {
        left.delete(markerId);
        this.#answered.delete(markerId);
        if (left.size === 0) resolve();
      };
      for (const markerId of left.keys()) this.#answered.set(markerId, () => end(markerId));
      const look = (): void => {
        for (const [markerId, way] of left) {
          if (isOver() || this.#ports.isDown(way.to)) end(markerId);
          else this.#ports.send(way, markerId);
        }
        // A marker dies with a place that it comes through.
        if (left.size > 0) this.#ports.clock.setTimeout(look, this.#ports.retryMs);
      };
      look();
    });
  }

  /** A marker along an entry was answered. */
  answered(markerId: number): void {
    this.#answered.get(markerId)?.();
  }
}
