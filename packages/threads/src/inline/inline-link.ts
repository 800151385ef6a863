import type { Packet } from "@process-hub/protocol";
import type { Link } from "../link/link.js";

/** Lets something happen at a place when its turn comes, after all that was to happen there before. */
export type Soon = (run: () => void) => void;

/** The state that the two ends share. */
interface Wire {
  open: boolean;
}

/**
 * A link within the calling thread: what one end sends comes at the other in a later turn of the other's place, as with a MessagePort.
 * Without that later turn simulated threads would act in the midst of one another.
 */
export class InlineLink implements Link {
  readonly #soon: Soon;
  readonly #wire: Wire;
  #peer: InlineLink | undefined;
  #listener: (packet: Packet) => void = () => {};
  /** How many packets are on their way to this end. */
  #coming = 0;
  #closed = false;
  #settle = (): void => {};
  readonly #drained = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });

  private constructor(soon: Soon, wire: Wire) {
    this.#soon = soon;
    this.#wire = wire;
  }

  /** Both ends of a link; each delivers by the turns of its own place. */
  static pair(soonAtOne: Soon, soonAtOther: Soon): [one: InlineLink, other: InlineLink] {
    const wire: Wire = { open: true };
    const [one, other] = [new InlineLink(soonAtOne, wire), new InlineLink(soonAtOther, wire)];
    one.#peer = other;
    other.#peer = one;
    return [one, other];
  }

  send(packet: Packet): void {
    const peer = this.#peer;
    if (this.#wire.open && peer !== undefined) peer.#take(packet);
  }

  onPacket(listener: (packet: Packet) => void): void {
    this.#listener = listener;
  }

  drained(): Promise<void> | undefined {
    return this.#wire.open || this.#coming > 0 ? this.#drained : undefined;
  }

  close(): void {
    this.#closed = true;
    this.#wire.open = false;
    // What was on its way to an end that has closed is not waited for.
    this.#coming = 0;
    this.#settle();
    const peer = this.#peer;
    if (peer !== undefined) peer.#noteDrained();
  }

  #take(packet: Packet): void {
    this.#coming++;
    this.#soon(() => {
      if (this.#closed) return;
      this.#coming--;
      this.#listener(packet);
      this.#noteDrained();
    });
  }

  #noteDrained(): void {
    if (!this.#wire.open && this.#coming === 0) this.#settle();
  }
}
