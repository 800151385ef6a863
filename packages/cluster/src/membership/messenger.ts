/*
 * The one way from a coordinator to another: it encodes a message and gives it to the link.
 * Without it a message that is too large would be sent again and again until its link breaks; here it is dropped and logged.
 */
import { type Bytes, encode, encodePlain, type NodeMessage, type NodeName } from "@process-hub/protocol";
import type { Log } from "../events/hub-events.js";

/** What a messenger sends by, and whom it tells of dropped messages. */
export interface MessengerPorts {
  readonly peers: () => readonly { readonly node: NodeName }[];
  /** Over the link to a node. False when the node is no member; throws when the body is too large. */
  readonly send: (to: NodeName, body: Bytes) => boolean;
  readonly log: Log;
  /** A packet of `count` messages was dropped. */
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
    // A packet is bytes already; all other messages may hold values of a user.
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
