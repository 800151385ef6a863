/*
 * Takes in hand what comes over a transport a little at a time, a part in each turn of the event loop.
 * Without it all that the network has brought meanwhile would be worked on in one turn, and hold back this node's own heartbeats.
 */
import { type Bytes, type Clock, type NodeName, Paced, type Transport, type TransportReceiver } from "@process-hub/protocol";

/** So many bytes are taken in hand in one turn, or one datagram that has more. A request to move 1,000 actors has some 15,000, and takes 6 ms. */
const bytesPerTurn = 64 * 1024;
/** More than so many bytes do not wait: what comes beyond is dropped, as a network may, and its link sends it again. */
const mostWaitingBytes = 64 * 1024 * 1024;

interface Arrival {
  readonly from: NodeName;
  readonly bytes: Bytes;
}

/** A transport whose datagrams arrive in their order, and not more of them in one turn than that can take. */
export class PacedTransport implements Transport {
  readonly maxBytes: number | undefined;
  readonly isPrivate: boolean | undefined;
  readonly #transport: Transport;
  readonly #arrivals: Paced<Arrival>;
  #receiver: TransportReceiver | undefined;

  constructor(transport: Transport, clock: Pick<Clock, "defer">) {
    this.#transport = transport;
    this.maxBytes = transport.maxBytes;
    this.isPrivate = transport.isPrivate;
    this.#arrivals = new Paced({
      clock,
      perTurn: bytesPerTurn,
      sizeOf: ({ bytes }) => bytes.byteLength,
      handOn: ({ from, bytes }) => this.#receiver?.message(from, bytes),
    });
  }

  open(hub: string, node: NodeName, receiver: TransportReceiver): Promise<void> {
    this.#receiver = receiver;
    return this.#transport.open(hub, node, {
      message: (from, bytes) => {
        if (this.#arrivals.waiting + bytes.byteLength <= mostWaitingBytes) this.#arrivals.push({ from, bytes });
      },
      connection: (state, cause) => receiver.connection(state, cause),
    });
  }

  broadcast(bytes: Bytes): void {
    this.#transport.broadcast(bytes);
  }

  send(to: NodeName, bytes: Bytes): void {
    this.#transport.send(to, bytes);
  }

  /** What still waits is dropped. */
  close(): Promise<void> {
    this.#receiver = undefined;
    this.#arrivals.clear();
    return this.#transport.close();
  }
}
