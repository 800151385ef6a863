/*
 * Counts the messages that died with a thread, from its counters and from what its neighbours had sent to it.
 * Without it those messages would vanish from `hub.stats()`: sent, and never handled, refused or lost.
 */
import type { CounterName, PlaceId } from "@process-hub/protocol";

interface Death {
  readonly place: PlaceId;
  readonly inside: number;
  readonly received: number;
  posted: number;
  readonly waitsFor: Set<PlaceId>;
  readonly counted: (lost: number) => void;
}

/**
 * Counts the messages that died with a thread: those it held, and those on the way to it. The first number is read from its counters, which
 * outlive it. The second is what its neighbours say they had sent, less what it received.
 */
export class LossAccounting {
  readonly #deaths = new Map<PlaceId, Death>();
  readonly #relayed = new Map<PlaceId, number>();

  /** Messages from other nodes for a thread passed through the main thread. */
  relayed(to: PlaceId, envelopes: number): void {
    if (envelopes > 0) this.#relayed.set(to, (this.#relayed.get(to) ?? 0) + envelopes);
  }

  /** A thread died, and these are its last counters; `counted` is called when all neighbours have said what they had sent. */
  died(place: PlaceId, last: Record<CounterName, number>, neighbours: readonly PlaceId[], counted: (lost: number) => void): void {
    const ended = last.handled + last.refused + last.expired + last.deadLettered + last.posted;
    const death: Death = {
      place,
      // A packet of another node says itself how many messages it holds: one that lies makes nothing negative.
      inside: Math.max(0, last.received + last.sent - ended),
      received: last.received,
      posted: this.#relayed.get(place) ?? 0,
      waitsFor: new Set(neighbours),
      counted,
    };
    this.#relayed.delete(place);
    this.#deaths.set(place, death);
    for (const other of this.#deaths.values()) this.#heard(other, place, 0);
  }

  /** A neighbour says how many messages it had sent to a thread that died. */
  postedToDead(neighbour: PlaceId, place: PlaceId, posted: number): void {
    const death = this.#deaths.get(place);
    if (death !== undefined) this.#heard(death, neighbour, posted);
  }

  #heard(death: Death, neighbour: PlaceId, posted: number): void {
    if (!death.waitsFor.delete(neighbour)) return;
    death.posted += posted;
    if (death.waitsFor.size > 0) return;
    this.#deaths.delete(death.place);
    // It is not known how much a neighbour that died too had sent: then the sum may be below what was received.
    death.counted(death.inside + Math.max(0, death.posted - death.received));
  }
}
