/*
 * The ordered reactions to a change of the members that take actors, or of their threads.
 * Without the order an actor could be moved to a node before it is known which nodes are dead.
 */
import type { Parts } from "./parts.js";

/** Reacts to changes of the view. */
export class ViewChanges {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Members or their threads may have changed: if so, starts the reactions. */
  look(): void {
    const { ownership, membership, sync, recovery, replicas, redistribution, draining, local, opening, restarts } = this.#parts;
    opening.look();
    const past = ownership.view;
    if (!ownership.look()) return;
    const gone = past.nodes.filter(({ node }) => !ownership.view.nodes.some((other) => other.node === node));
    if (gone.some(({ node }) => membership.peer(node) !== undefined)) {
      sync.compare();
      draining.otherLeaves();
    }
    recovery.adoptOrphans();
    restarts.viewChanged();
    replicas.viewChanged();
    if (local.state === "up" && opening.isOpen) redistribution.soon();
  }

  /** Tells the members whether this node takes actors, and reacts itself. */
  announce(): void {
    const { messenger, membership, local, startsToldOf } = this.#parts;
    // Before they hear that it drains: another node owns from then on what is being started here.
    if (local.draining) for (const { node } of membership.peers) startsToldOf.tell(node);
    messenger.tellAll({ type: "status", card: membership.newCard() });
    membership.announce();
    this.look();
  }
}
