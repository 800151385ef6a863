import { type Cell, hearGone, type Watch } from "@process-hub/actor";
import type { ActorId, ToMainFrame, ToThreadFrame } from "@process-hub/protocol";

/**
 * Which actors those of this thread watch: the main thread finds out about each once, and says when one is gone.
 * Without it each watch would be a question of its own, and what the main thread says would find no one.
 */
export class Watches {
  readonly #send: (frame: ToMainFrame) => void;
  readonly #watchers = new Map<ActorId, Map<Cell, Watch>>();

  constructor(send: (frame: ToMainFrame) => void) {
    this.#send = send;
  }

  add(cell: Cell, watch: Watch): void {
    const { id, lineage } = watch;
    const watchers = this.#watchers.get(id);
    if (watchers === undefined) this.#watchers.set(id, new Map([[cell, watch]]));
    else watchers.set(cell, watch);
    this.#ask(id, lineage);
  }

  remove(cell: Cell, id: ActorId): void {
    const watchers = this.#watchers.get(id);
    if (watchers?.delete(cell) !== true || watchers.size > 0) return;
    this.#watchers.delete(id);
    this.#send({ type: "unwatch", id });
  }

  /** The main thread knows which lineage of an actor they mean that know of none. */
  watching({ id, lineage }: Extract<ToThreadFrame, { type: "watching" }>): void {
    for (const watch of this.#watchers.get(id)?.values() ?? []) watch.lineage ??= lineage;
  }

  /** A lineage of an actor is gone; absent: there is no actor, and those hear that know of no lineage. The others mean a later one. */
  gone({ id, reason, lineage }: Extract<ToThreadFrame, { type: "gone" }>): void {
    const watchers = [...(this.#watchers.get(id) ?? [])];
    for (const [cell, watch] of watchers) if (watch.lineage === lineage) hearGone(cell, id, reason);
    for (const watch of this.#watchers.get(id)?.values() ?? []) this.#ask(id, watch.lineage);
  }

  #ask(id: ActorId, lineage: string | undefined): void {
    this.#send({ type: "watch", id, ...(lineage === undefined ? {} : { lineage }) });
  }
}
