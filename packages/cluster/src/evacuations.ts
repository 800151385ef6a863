import type { PlaceId } from "@process-hub/protocol";

/** Which threads have still to say that nothing more goes from them to a node that leaves. */
export class Evacuations {
  readonly #waiting = new Map<string, { readonly places: Set<PlaceId>; readonly done: () => void }>();

  /** Resolves when each place has said so, or has ended. */
  begin(life: string, places: readonly PlaceId[]): Promise<void> {
    this.#waiting.get(life)?.done();
    return new Promise((done) => {
      if (places.length === 0) done();
      else this.#waiting.set(life, { places: new Set(places), done });
    });
  }

  evacuated(life: string, place: PlaceId): void {
    const waiting = this.#waiting.get(life);
    if (!waiting?.places.delete(place) || waiting.places.size > 0) return;
    this.#waiting.delete(life);
    waiting.done();
  }

  placeDown(place: PlaceId): void {
    for (const life of [...this.#waiting.keys()]) this.evacuated(life, place);
  }
}
