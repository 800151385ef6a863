/*
 * A link whose packets are taken in hand a part in each turn of the event loop.
 * Without it a main thread that was busy for a moment would work on all that its threads have sent meanwhile in one turn.
 */
import { type Clock, Paced, type Packet } from "@process-hub/protocol";
import type { Link } from "./link.js";

/** So many bytes of packets are taken in hand in one turn: some 600 reports of actors that ended, which take 3 ms. */
const bytesPerTurn = 64 * 1024;

/** One end of a link that takes packets in hand in their order, and not more of them in one turn than that can take. */
export class PacedLink implements Link {
  readonly #link: Link;
  readonly #packets: Paced<Packet>;
  #listener: ((packet: Packet) => void) | undefined;

  constructor(link: Link, clock: Pick<Clock, "defer">, perTurn = bytesPerTurn) {
    this.#link = link;
    this.#packets = new Paced({
      clock,
      perTurn,
      sizeOf: ({ bytes }) => bytes.byteLength,
      handOn: (packet) => this.#listener?.(packet),
    });
  }

  send(packet: Packet): void {
    this.#link.send(packet);
  }

  onPacket(listener: (packet: Packet) => void): void {
    const isFirst = this.#listener === undefined;
    this.#listener = listener;
    if (isFirst) this.#link.onPacket((packet) => this.#packets.push(packet));
  }

  /** The last packets of an end that has closed are handed on at once: whoever waits for this is to hear nothing later. */
  drained(): Promise<void> | undefined {
    const drained = this.#link.drained();
    if (drained === undefined) this.#packets.flush();
    return drained?.then(() => this.#packets.flush());
  }

  /** What has come by now is handed on first. */
  close(): void {
    this.#packets.flush();
    this.#link.close();
  }
}
