/*
 * The one way from a coordinator to another: it encodes a message and gives it to the link.
 * Without it a message that is too large would be sent again and again until its link breaks; here it is dropped and logged.
 */
import { encodeMessage, encodePlain, type NodeMessage, type NodeName } from "@process-hub/protocol";
import type { Log } from "../events/hub-events.js";
import type { NodeCounters } from "../threads/node-counters.js";
import type { Membership } from "./membership.js";

/** What a messenger sends by, and whom it tells of dropped messages. */
export interface MessengerPorts {
  readonly membership: Pick<Membership, "peers" | "send">;
  readonly log: Log;
  readonly counters: Pick<NodeCounters, "lost">;
  /** Called before a message goes out: what waits to be told in this turn goes first. */
  readonly before: () => void;
}

/** Sends messages to other coordinators. */
export class Messenger {
  readonly #ports: MessengerPorts;

  constructor(ports: MessengerPorts) {
    this.#ports = ports;
  }

  /** Sends a message to one node. False when it is not a member. */
  send(to: NodeName, message: NodeMessage): boolean {
    this.#ports.before();
    // A packet is bytes already; all other messages may hold values of a user.
    const body = message.type === "packet" ? encodePlain(message) : encodeMessage(message);
    try {
      return this.#ports.membership.send(to, body);
    } catch (error) {
      this.#ports.log("error", `a ${message.type} message to node ${to} is dropped: ${String(error)}`, error);
      if (message.type === "packet") this.#ports.counters.lost(message.packet.envelopes, "InvalidMessage", String(error));
      return true;
    }
  }

  /** Sends a message to every member. */
  tellAll(message: NodeMessage): void {
    for (const { node } of this.#ports.membership.peers) this.send(node, message);
  }
}
