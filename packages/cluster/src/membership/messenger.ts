/*
 * The one way by which a coordinator speaks to another: encodes what it says and hands it to the link.
 * What is too large for the link is dropped here with a word, since a link that tries in vain breaks.
 */
import { type Bytes, encode, encodePlain, type NodeMessage, type NodeName } from "@process-hub/protocol";
import type { Log } from "../events/hub-events.js";

/** What a messenger sends by, and whom it tells of what it drops. */
export interface MessengerPorts {
  readonly peers: () => readonly { readonly node: NodeName }[];
  /** Over the link to a node. False when it is no member; throws for what is too large. */
  readonly send: (to: NodeName, body: Bytes) => boolean;
  readonly log: Log;
  /** So many messages were in a packet that is dropped. */
  readonly lost: (count: number, reason: string, detail: string) => void;
}

/** Sends messages to other coordinators. */
export class Messenger {
  readonly #ports: MessengerPorts;

  constructor(ports: MessengerPorts) {
    this.#ports = ports;
  }

  /** Sends a message to one node. False when it is not a member. */
  send(to: NodeName, message: NodeMessage): boolean {
    // A packet is bytes already; all else may hold what a user gave.
    const body = message.type === "packet" ? encodePlain(message) : encode(message);
    try {
      return this.#ports.send(to, body);
    } catch (error) {
      this.#ports.log("error", `a ${message.type} message to node ${to} is dropped: ${String(error)}`, error);
      if (message.type === "packet") this.#ports.lost(message.packet.envelopes, "InvalidMessage", String(error));
      return true;
    }
  }

  /** Sends a message to every member. */
  tellAll(message: NodeMessage): void {
    for (const { node } of this.#ports.peers()) this.send(node, message);
  }
}
