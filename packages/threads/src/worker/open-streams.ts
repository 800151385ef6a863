/**
 * The streams that actors of a thread give, by the message that opened each.
 * Without it a generator whose reader's place has died would wait for room for ever, and hold up its actor's next move.
 */
import type { Envelope } from "@process-hub/actor";
import { type CounterName, microtask, type PlaceId } from "@process-hub/protocol";

/** An actor that gives a stream. */
interface Giver {
  withdraw(origin: PlaceId, ask: number): boolean;
}

/** The ports of open streams: the thread's context. */
interface OpenStreamsPorts {
  readonly counters: { add(name: CounterName, by: number): void };
  readonly isDown: (place: PlaceId) => boolean;
}

/** Those that are open. */
export class OpenStreams {
  readonly #ports: OpenStreamsPorts;
  readonly #open = new Map<Envelope, Giver>();

  constructor(ports: OpenStreamsPorts) {
    this.#ports = ports;
  }

  /** A stream was opened; or has ended. */
  streaming(giver: Giver, envelope: Envelope, isOpen: boolean): void {
    if (isOpen === this.#open.has(envelope)) return;
    if (isOpen) this.#open.set(envelope, giver);
    else this.#open.delete(envelope);
    this.#ports.counters.add("streams", isOpen ? 1 : -1);
    // It waited in a mailbox when its reader's place died.
    if (isOpen && this.#ports.isDown(envelope.origin)) microtask(() => giver.withdraw(envelope.origin, envelope.ask));
  }

  /** Places went down: who reads from there does no more. */
  placeDown(): void {
    for (const [{ origin, ask }, giver] of [...this.#open]) if (this.#ports.isDown(origin)) giver.withdraw(origin, ask);
  }
}
