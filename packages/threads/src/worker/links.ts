import type { Packet, PlaceId } from "@process-hub/protocol";
import type { Link } from "../link/link.js";

/**
 * Chooses the link a packet leaves by: the direct one to its thread, or the one to the host, which passes on what is for others.
 * Without its memory mail for a place could change from one link to the other, and a later message could be there first.
 */
export class Links {
  readonly #host: Link;
  readonly #links = new Map<PlaceId, Link>();
  /** Places that mail has gone to by way of the host: a link that comes later would let it be overtaken. */
  readonly #byHost = new Set<PlaceId>();

  constructor(host: Link) {
    this.#host = host;
  }

  /** A direct link to another thread of the node. */
  add(peer: PlaceId, link: Link, receive: (packet: Packet) => void): void {
    this.#links.set(peer, link);
    link.onPacket(receive);
  }

  /** Sends a packet on. One for a thread that has ended goes nowhere: its sender counts what it had posted there. */
  transmit(packet: Packet): void {
    const link = this.#byHost.has(packet.to) ? undefined : this.#links.get(packet.to);
    if (link === undefined) this.#byHost.add(packet.to);
    (link ?? this.#host).send(packet);
  }

  /** Resolves when all that a place had sent over its own link has come; undefined when nothing is left of it. */
  drained(from: PlaceId): Promise<void> | undefined {
    return this.#links.get(from)?.drained();
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }
}
