import {
  type Bytes,
  decode,
  type NodeCard,
  NodeDown,
  NodeMessage,
  type NodeName,
  nodeLife,
  nodeLifeOf,
  toWireError,
} from "@process-hub/protocol";
import { epochStride } from "../lifecycle/recovery.js";
import type { Coordinator } from "./coordinator.js";

/** What follows from a member that comes, or goes. */
export class MemberChanges {
  readonly #coordinator: Coordinator;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  joined(card: NodeCard): void {
    const { partition, lease, clock, hooks, mailers, sync, ownership, recovery } = this.#coordinator;
    const { node, incarnation } = card;
    if (partition.counts) partition.changed(card, undefined);
    else lease.joined(clock.now());
    hooks.emit("memberJoining", { node });
    mailers.tell({ type: "placeUp", place: nodeLife(node, incarnation) });
    this.#tellOwnDead(node);
    sync.joined(card);
    ownership.viewChanged();
    recovery.tellWhoWaits(node);
    hooks.emit("memberJoined", { node });
  }

  /** `lost`: what it had not acknowledged. */
  left(card: NodeCard, reason: "left" | "down", lost: readonly Bytes[]): void {
    const { partition, hooks, sync, registry, ownership, recovery, requests, loads, threadDeaths } = this.#coordinator;
    const { node, incarnation } = card;
    const life = nodeLife(node, incarnation);
    hooks.emit("memberLeaving", { node });
    this.#coordinator.fencing.memberLeft();
    this.#envelopesLost(node, reason, lost);
    const [last] = sync.heads([node]);
    registry.forget(node);
    if (partition.counts) {
      registry.leap(epochStride);
      partition.changed(card, reason);
    }
    registry.orphans.addMoved((record) => nodeLifeOf(record.place) === life);
    const error = toWireError(new NodeDown(`node ${node} is ${reason === "down" ? "down" : "no longer a member"}`, { node }));
    this.#coordinator.mailers.tell({ type: "placeDown", place: life, error });
    requests.nodeDown(node);
    threadDeaths.severances.gone(node);
    sync.left(node, last);
    loads?.left(node);
    ownership.viewChanged();
    recovery.adoptOrphans();
    hooks.emit("memberLeft", { node, reason });
  }

  /** What others told it before may name a thread that died while it was away: what it sends there would come to nobody. */
  #tellOwnDead(node: NodeName): void {
    for (const [place, error] of this.#coordinator.mailer.unreachable.ownDead()) {
      this.#coordinator.send(node, { type: "placeDown", place, error });
      this.#coordinator.send(node, { type: "placeDrained", place });
    }
  }

  #envelopesLost(peer: string, reason: "left" | "down", lost: readonly Bytes[]): void {
    const { hooks, node, counters } = this.#coordinator;
    const envelopes = lost.reduce((sum, body) => sum + envelopesIn(body), 0);
    if (reason === "down") hooks.emit("linkBroken", { node, peer, lost: envelopes });
    counters.lost(envelopes, "NodeDown", `node ${peer} went down before it took them`);
  }
}

function envelopesIn(body: Bytes): number {
  const message = NodeMessage.safeParse(decode(body));
  return message.success && message.data.type === "packet" ? message.data.packet.envelopes : 0;
}
