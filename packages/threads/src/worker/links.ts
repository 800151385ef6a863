import type { MessagePort } from "node:worker_threads";
import type { Packet, PlaceId } from "@process-hub/protocol";

interface Link {
  readonly port: MessagePort;
  /** Resolves when the other end has closed and all it had sent has come. */
  readonly drained: Promise<void>;
  open: boolean;
}

/**
 * A thread's direct links to the other threads of its node; what has none goes by way of the host.
 * Without them every packet between two threads would pass through the main thread.
 */
export class Links {
  readonly #host: MessagePort;
  readonly #links = new Map<PlaceId, Link>();
  /** Places that mail has gone to by way of the host: a link that comes later would let it be overtaken. */
  readonly #byHost = new Set<PlaceId>();

  constructor(host: MessagePort) {
    this.#host = host;
  }

  add(peer: PlaceId, port: MessagePort, receive: (packet: Packet) => void): void {
    let closed = (): void => {};
    const drained = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const link: Link = { port, drained, open: true };
    this.#links.set(peer, link);
    port.on("message", receive);
    port.on("close", () => {
      link.open = false;
      closed();
    });
  }

  /** Sends a packet on. One for a thread that has ended goes nowhere: its sender counts what it had posted there. */
  transmit(packet: Packet): void {
    const link = this.#byHost.has(packet.to) ? undefined : this.#links.get(packet.to);
    if (link === undefined) this.#byHost.add(packet.to);
    (link?.port ?? this.#host).postMessage(packet, [packet.bytes.buffer as ArrayBuffer]);
  }

  drained(from: PlaceId): Promise<void> | undefined {
    const link = this.#links.get(from);
    return link?.open ? link.drained : undefined;
  }

  close(): void {
    for (const { port } of this.#links.values()) port.close();
  }
}
