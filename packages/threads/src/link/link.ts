import type { Packet } from "@process-hub/protocol";

/**
 * One end of a link between two places: packets arrive at the other end in the order they were sent. All that a thread knows of the way to
 * another is this; without it, the runner's order of mail would rest on what one kind of port happens to do.
 */
export interface Link {
  /** Sends a packet, whose bytes are the link's from then on. It goes nowhere when either end has closed. */
  send(packet: Packet): void;
  /** Has each packet that comes handed to the listener, in order. A later listener takes the place of an earlier one. */
  onPacket(listener: (packet: Packet) => void): void;
  /** Resolves when the other end has closed and all it had sent has come; undefined when that is so. */
  drained(): Promise<void> | undefined;
  /** Closes both ends. What this one had sent still arrives. */
  close(): void;
}
