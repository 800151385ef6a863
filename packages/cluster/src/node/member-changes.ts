/*
 * The ordered reactions to a member that joins or is gone.
 * Without the order a sender could hear of a dead node before its orphans are known, and its message would go to nobody.
 */
import {
  type Bytes,
  decode,
  isRecord,
  type NodeCard,
  NodeDown,
  NodeMessage,
  type NodeName,
  nodeLife,
  nodeLifeOf,
  toWireError,
} from "@process-hub/protocol";
import { epochStride } from "../registry/epochs.js";
import type { Parts } from "./parts.js";

/** Reacts to members that join or are gone. */
export class MemberChanges {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  joined(card: NodeCard): void {
    const { gate, partition, lease, hooks, mailers, sync, viewChanges, recovery, membership, messenger, probation } = this.#parts;
    const { startsToldOf } = this.#parts;
    const { node, incarnation } = card;
    if (gate.counts) partition.changed(card, undefined);
    else lease.joined();
    hooks.emit("memberJoining", { node });
    mailers.tell({ type: "placeUp", place: nodeLife(node, incarnation) });
    this.#tellOwnDead(node);
    startsToldOf.tell(node);
    sync.joined(card);
    // It may have let this node in before that changed, and was no member to be told.
    if (membership.hasNewCard) messenger.send(node, { type: "status", card: membership.newCard() });
    const deaths = probation.met(node);
    if (deaths !== undefined) messenger.send(node, { type: "deaths", count: deaths });
    viewChanges.look();
    recovery.tellWhoWaits(node);
    hooks.emit("memberJoined", { node });
  }

  /** A member is gone; `lost`: the bodies that it had not acknowledged. */
  left(card: NodeCard, reason: "left" | "down", lost: readonly Bytes[]): void {
    const { gate, partition, fencing, hooks, mailers, sync, registry, settledMoves, viewChanges } = this.#parts;
    const { recovery, requests, loads, threadDeaths, probation, startsToldOf } = this.#parts;
    const { node, incarnation } = card;
    const life = nodeLife(node, incarnation);
    hooks.emit("memberLeaving", { node });
    fencing.memberLeft();
    probation.left(node, reason);
    const envelopes = this.#envelopesLost(lost, `node ${node} went down before it took them`);
    if (reason === "down") hooks.emit("linkBroken", { node: this.#parts.local.name, peer: node, lost: envelopes });
    sync.takeInNow(node);
    const [last] = sync.heads([node]);
    registry.forget(node);
    if (gate.counts) {
      registry.raiseEpochAbove(registry.freshEpoch + epochStride - 1);
      partition.changed(card, reason);
    }
    registry.movesLost((record) => nodeLifeOf(record.place) === life);
    settledMoves.lookAtOrphans();
    const error = toWireError(new NodeDown(`node ${node} is ${reason === "down" ? "down" : "no longer a member"}`, { node }));
    mailers.tell({ type: "placeDown", place: life, error });
    requests.nodeDown(node);
    threadDeaths.drainReports.gone(node);
    sync.left(node, last);
    loads?.left(node);
    startsToldOf.gone(node);
    this.#parts.inventory.soon();
    viewChanges.look();
    recovery.adoptOrphans();
    // Before a later life of the node is let in: to that one it would come too early.
    sync.flush();
    hooks.emit("memberLeft", { node, reason });
  }

  /** Tells a new member which threads of this node have died: other nodes may have told it of such a thread, and messages to it would be lost. */
  #tellOwnDead(node: NodeName): void {
    const { mailer, messenger } = this.#parts;
    for (const [place, error] of mailer.unreachable.ownDead()) {
      messenger.send(node, { type: "placeDown", place, error });
      messenger.send(node, { type: "placeDrained", place });
    }
  }

  /** This node leaves; `lost`: the bodies that a member had not acknowledged by then. */
  parted(node: NodeName, lost: readonly Bytes[]): void {
    this.#envelopesLost(lost, `this node left before node ${node} had taken them`);
  }

  #envelopesLost(lost: readonly Bytes[], detail: string): number {
    const envelopes = lost.reduce((sum, body) => sum + envelopesIn(body), 0);
    this.#parts.counters.lost(envelopes, "NodeDown", detail);
    return envelopes;
  }
}

function envelopesIn(body: Bytes): number {
  const whole = decode(body);
  // Most are changes of records, of which there may be many.
  if (!isRecord(whole) || whole.type !== "packet") return 0;
  const message = NodeMessage.safeParse(whole);
  return message.success && message.data.type === "packet" ? message.data.packet.envelopes : 0;
}
