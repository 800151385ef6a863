/*
 * Replaces a dead thread under its index, with a few tries at most; starts that have no thread wait for it.
 * Without it starts would fail in the moment between two lives of a node's only thread.
 */
import { after, type Checks, type Clock, type PlaceId, placeInWords, Waiters } from "@process-hub/protocol";
import type { Log } from "../events/hub-events.js";
import type { ThreadGroup } from "./thread-group.js";

const maxTries = 5;
const pauseMs = 100;

/** The threads that are replaced, and whom a replacement tells. */
export interface ThreadReplacementPorts {
  readonly clock: Clock;
  readonly checks: Checks;
  readonly group: Pick<ThreadGroup, "replace" | "succeed" | "places" | "has">;
  readonly log: Log;
  /** A new thread runs: it must be told which places are down, since late messages may still name them. */
  readonly began: (place: PlaceId) => void;
  /** The places of this node have changed. */
  readonly placesChanged: () => void;
}

/** The dead threads, by index, whose next life is awaited, and those that wait for one. */
export class ThreadReplacement {
  readonly #ports: ThreadReplacementPorts;
  readonly #replacing = new Set<number>();
  readonly #waiting = new Waiters();

  constructor(ports: ThreadReplacementPorts) {
    this.#ports = ports;
  }

  /** Resolves when a dead thread has its next life, or will have none; undefined when no thread is awaited. */
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
    this.#ports.checks.invariant(this.#replacing.has(index), "a thread that is replaced is awaited", () => String(index));
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

  /** Starts the successor of a thread that runs. Resolves with its place; undefined when there is none, and the thread goes on. */
  async succeed(place: PlaceId): Promise<PlaceId | undefined> {
    const { group, log, began, placesChanged } = this.#ports;
    try {
      const next = await group.succeed(place);
      if (next === undefined) return undefined;
      began(next);
      placesChanged();
      return next;
    } catch (error) {
      log("error", `${placeInWords(place)} goes on, as no other could take its place: ${String(error)}`, error);
      return undefined;
    }
  }

  /** No thread is replaced any more. */
  close(): void {
    this.#replacing.clear();
    this.#waiting.release();
  }
}
