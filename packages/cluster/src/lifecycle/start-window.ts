/*
 * Gives a thread its restarts a few at a time.
 * Without it the actors of a dead node would all call their store in one instant, which would refuse many of them.
 */
import type { PlaceId } from "@process-hub/protocol";

/** So many orders travel together: enough to save calls, few enough that a slow start keeps few others from being known. */
const batchSize = 8;

interface Lane<T> {
  readonly queue: T[];
  out: number;
}

/** The restarts of each thread: at most `limit` of them at a time. `send` gives a batch to the thread, and resolves when all its starts have ended. */
export class StartWindow<T> {
  readonly #limit: number;
  readonly #send: (place: PlaceId, batch: readonly T[]) => Promise<void>;
  readonly #lanes = new Map<PlaceId, Lane<T>>();

  constructor(limit: number, send: (place: PlaceId, batch: readonly T[]) => Promise<void>) {
    this.#limit = limit;
    this.#send = send;
  }

  add(place: PlaceId, starts: readonly T[]): void {
    const lane = this.#lanes.get(place) ?? { queue: [], out: 0 };
    this.#lanes.set(place, lane);
    for (const start of starts) lane.queue.push(start);
    this.#pump(place, lane);
  }

  #pump(place: PlaceId, lane: Lane<T>): void {
    while (lane.queue.length > 0 && lane.out < this.#limit) {
      const batch = lane.queue.splice(0, Math.min(batchSize, this.#limit - lane.out));
      lane.out += batch.length;
      void this.#send(place, batch).finally(() => {
        lane.out -= batch.length;
        this.#pump(place, lane);
      });
    }
    if (lane.out === 0 && lane.queue.length === 0) this.#lanes.delete(place);
  }
}
