/*
 * What follows when the members that take actors, or their threads, are others than before, in this order.
 * Without the order an actor could be moved to a node before it is known who is dead.
 */
import type { Parts } from "./parts.js";

/** What follows from a change of the view. */
export class ViewChanges {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Members or their threads may have changed: when they have, what follows is set going. */
  look(): void {
    const { ownership, membership, sync, recovery, replicas, redistribution, local } = this.#parts;
    const past = ownership.view;
    if (!ownership.look()) return;
    const gone = past.nodes.filter(({ node }) => !ownership.view.nodes.some((other) => other.node === node));
    if (gone.some(({ node }) => membership.peer(node) !== undefined)) sync.compare();
    recovery.adoptOrphans();
    replicas.viewChanged();
    if (local.state === "up") redistribution.soon();
  }

  /** Tells the members whether this node takes actors, and acts by it. */
  announce(): void {
    const { messenger, membership, card } = this.#parts;
    messenger.tellAll({ type: "status", card });
    membership.announce();
    this.look();
  }
}
