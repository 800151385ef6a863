import { NodeDown, nodeLifeOf, nodeOf, type Packet, placeInWords, toWireError } from "@process-hub/protocol";
import type { Coordinator } from "../node/coordinator.js";

/** The way of packets through the main thread: to its own post, to a thread of this node, to another node. */
export class Packets {
  readonly #coordinator: Coordinator;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** Sends a packet on towards its place. */
  route(packet: Packet): void {
    const { to } = packet;
    const { main, post, membership } = this.#coordinator;
    if (to === main) post.receive(packet);
    else if (nodeLifeOf(to) === nodeLifeOf(main)) this.#toThread(packet);
    else if (!membership.has(to) || !this.#coordinator.send(nodeOf(to), { type: "packet", packet })) this.#unreachable(packet);
  }

  #toThread(packet: Packet): void {
    const { group, post, main, threadDeaths, tally } = this.#coordinator;
    if (!group.has(packet.to) && post.isDown(packet.to)) {
      tally.lost(packet.letters, "ThreadExited", `${placeInWords(packet.to)} has ended`);
      return;
    }
    if (packet.from !== main) threadDeaths.losses.relayed(packet.to, packet.letters);
    if (!group.send(packet)) tally.lost(packet.letters, "ThreadExited", `${placeInWords(packet.to)} is not running`);
  }

  /** A node that is not a member was down before this one knew it, or is not known here yet: its senders must not wait for word of its end. */
  #unreachable({ to, letters }: Packet): void {
    const { tally, post, posts } = this.#coordinator;
    const text = `node ${nodeOf(to)} is not a member of the hub`;
    tally.lost(letters, "NodeDown", text);
    const life = nodeLifeOf(to);
    if (this.#coordinator.state !== "closed" && !post.isDown(life))
      posts.tell({ type: "placeDown", place: life, error: toWireError(new NodeDown(text)) });
  }
}
