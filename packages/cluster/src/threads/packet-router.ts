import { NodeDown, nodeLifeOf, nodeOf, type Packet, placeInWords, toWireError } from "@process-hub/protocol";
import type { Coordinator } from "../node/coordinator.js";

/** The way of packets through the main thread: to its own mailer, to a thread of this node, to another node. */
export class Packets {
  readonly #coordinator: Coordinator;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** Sends a packet on towards its place. */
  route(packet: Packet): void {
    const { to } = packet;
    const { main, mailer, membership } = this.#coordinator;
    if (to === main) mailer.receive(packet);
    else if (nodeLifeOf(to) === nodeLifeOf(main)) this.#toThread(packet);
    else if (!membership.has(to) || !this.#coordinator.send(nodeOf(to), { type: "packet", packet })) this.#unreachable(packet);
  }

  #toThread(packet: Packet): void {
    const { group, mailer, main, threadDeaths, counters } = this.#coordinator;
    if (!group.has(packet.to) && mailer.isDown(packet.to)) {
      counters.lost(packet.envelopes, "ThreadExited", `${placeInWords(packet.to)} has ended`);
      return;
    }
    if (packet.from !== main) threadDeaths.lossAccounting.relayed(packet.to, packet.envelopes);
    if (!group.send(packet)) counters.lost(packet.envelopes, "ThreadExited", `${placeInWords(packet.to)} is not running`);
  }

  /** A node that is not a member was down before this one knew it, or is not known here yet: its senders must not wait for word of its end. */
  #unreachable({ to, envelopes }: Packet): void {
    const { counters, mailer, mailers } = this.#coordinator;
    const text = `node ${nodeOf(to)} is not a member of the hub`;
    counters.lost(envelopes, "NodeDown", text);
    const life = nodeLifeOf(to);
    if (this.#coordinator.state !== "closed" && !mailer.isDown(life))
      mailers.tell({ type: "placeDown", place: life, error: toWireError(new NodeDown(text)) });
  }
}
