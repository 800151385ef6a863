import type { Clock, PlaceId } from "@process-hub/protocol";

/** How long a stop waits until its followers have the last state. */
const patienceMs = 1_000;

/** The facts a last word begins with. */
interface LastWordTerms {
  readonly places: Iterable<PlaceId>;
  /** How many of them must have it. */
  readonly needed: number;
  readonly clock: Clock;
  /** Called when not all have said so in time. */
  readonly late: () => void;
}

/**
 * The last state of an actor that stopped, on its way to its followers.
 * Without it a thread could end while the only word of what its actor did last was still on its way.
 */
export class LastWord {
  /** Resolves when all have it that are within reach, or after a moment: true when enough of them have it. */
  readonly ended: Promise<boolean>;
  readonly #places: Set<PlaceId>;
  #needed: number;
  #end = (): void => {};

  constructor({ places, needed, clock, late }: LastWordTerms) {
    this.#places = new Set(places);
    this.#needed = needed;
    this.ended = new Promise((resolve) => {
      const timer = clock.setTimeout(() => {
        late();
        this.#end();
      }, patienceMs);
      this.#end = () => {
        timer.cancel();
        resolve(this.#needed <= 0);
      };
    });
  }

  /** A follower has it. */
  taken(from: PlaceId): void {
    if (!this.#places.delete(from)) return;
    this.#needed--;
    this.#look();
  }

  /** Places went down. */
  placeDown(isDown: (place: PlaceId) => boolean): void {
    for (const place of this.#places) if (isDown(place)) this.#places.delete(place);
    this.#look();
  }

  #look(): void {
    if (this.#places.size === 0) this.#end();
  }
}
