/*
 * A thread that died is replaced under its index, a few times at most, and those who have nowhere to start an actor wait for it.
 * Without it starts would fail in the moment between two lives of a node's only thread.
 */
import { after, type Checks, type Clock, type PlaceId, Waiters } from "@process-hub/protocol";
import type { Log } from "../events/hub-events.js";
import type { ThreadGroup } from "./thread-group.js";

const maxTries = 5;
const pauseMs = 100;

/** What a replacement needs, and whom it tells. */
export interface ThreadReplacementPorts {
  readonly clock: Clock;
  readonly checks: Checks;
  readonly group: Pick<ThreadGroup, "replace" | "places" | "has">;
  readonly log: Log;
  /** A new thread runs: what is down must be told to it, since news that comes late may name it still. */
  readonly began: (place: PlaceId) => void;
  /** The places of this node are others than before. */
  readonly placesChanged: () => void;
}

/** Dead threads, by index, whose next life is awaited; and who waits for one. */
export class ThreadReplacement {
  readonly #ports: ThreadReplacementPorts;
  readonly #replacing = new Set<number>();
  readonly #waiting = new Waiters();

  constructor(ports: ThreadReplacementPorts) {
    this.#ports = ports;
  }

  /** Resolves when a thread that died has its next life, or will have none; undefined when none is awaited. */
  replaced(): Promise<void> | undefined {
    return this.#replacing.size === 0 ? undefined : this.#waiting.wait();
  }

  /** A thread died: from now on its next life is awaited. */
  awaits(index: number): void {
    this.#replacing.add(index);
  }

  /** Replaces a dead thread. Resolves when it runs, or every try has failed. */
  async replace(index: number): Promise<void> {
    const { clock, group, log, began, placesChanged } = this.#ports;
    this.#ports.checks.invariant(this.#replacing.has(index), "a thread is replaced that is awaited", () => String(index));
    for (let tries = 1; tries <= maxTries; tries++) {
      try {
        await group.replace(index);
        const place = group.places[index];
        if (place !== undefined && group.has(place)) began(place);
        break;
      } catch (error) {
        const text = `thread ${index} could not be replaced (try ${tries} of ${maxTries}): ${String(error)}`;
        log("error", text, error);
        await after(clock, pauseMs * tries);
      }
    }
    this.#replacing.delete(index);
    this.#waiting.release();
    placesChanged();
  }

  /** No thread is replaced any more. */
  close(): void {
    this.#replacing.clear();
    this.#waiting.release();
  }
}
