/*
 * The one crossing of all packets that pass through the main thread.
 * Without it a packet for a place that is gone would vanish uncounted, and its messages would have no fate.
 */
import {
  NodeDown,
  type NodeMessage,
  type NodeName,
  nodeLifeOf,
  nodeOf,
  type Packet,
  type PlaceId,
  placeInWords,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import type { LossAccounting } from "./loss-accounting.js";
import type { NodeCounters } from "./node-counters.js";
import type { ThreadGroup } from "./thread-group.js";

/** The ways on from the main thread. */
export interface PacketRouterPorts {
  readonly main: PlaceId;
  readonly group: Pick<ThreadGroup, "has" | "send">;
  readonly counters: Pick<NodeCounters, "lost">;
  readonly lossAccounting: Pick<LossAccounting, "relayed">;
  /** The main thread's. */
  readonly mailer: { receive(packet: Packet): void; isDown(place: PlaceId): boolean };
  /** Says whether a place is of a member, in the life that the place is of. */
  readonly membership: { has(place: PlaceId): boolean };
  /** Sends over the link to a node. False when it is no member. */
  readonly messenger: { send(to: NodeName, message: NodeMessage): boolean };
  /** Tells the senders of this node that a node's life is no member. Does nothing once this node is closed. */
  readonly tellDown: (life: string, error: WireError) => void;
}

/** Routes packets through the main thread: to its own mailer, to a thread of this node, or to another node. */
export class PacketRouter {
  readonly #ports: PacketRouterPorts;

  constructor(ports: PacketRouterPorts) {
    this.#ports = ports;
  }

  /** Sends a packet on towards its place. */
  route(packet: Packet): void {
    const { to } = packet;
    const { main, mailer, membership, messenger } = this.#ports;
    if (to === main) mailer.receive(packet);
    else if (nodeLifeOf(to) === nodeLifeOf(main)) this.#toThread(packet);
    else if (!membership.has(to) || !messenger.send(nodeOf(to), { type: "packet", packet })) this.#unreachable(packet);
  }

  #toThread(packet: Packet): void {
    const { group, mailer, main, lossAccounting, counters } = this.#ports;
    if (!group.has(packet.to) && mailer.isDown(packet.to)) {
      counters.lost(packet.envelopes, "ThreadExited", `${placeInWords(packet.to)} has ended`);
      return;
    }
    if (packet.from !== main) lossAccounting.relayed(packet.to, packet.envelopes);
    if (!group.send(packet)) counters.lost(packet.envelopes, "ThreadExited", `${placeInWords(packet.to)} is not running`);
  }

  /** The node was down before this node knew it, or is not known here yet: the senders must not wait for news of its end. */
  #unreachable({ to, envelopes }: Packet): void {
    const { counters, mailer, tellDown } = this.#ports;
    const text = `node ${nodeOf(to)} is not a member of the hub`;
    counters.lost(envelopes, "NodeDown", text);
    const life = nodeLifeOf(to);
    if (!mailer.isDown(life)) tellDown(life, toWireError(new NodeDown(text)));
  }
}
