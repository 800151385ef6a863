/*
 * The ordered reactions to the death of a thread, here or on another node, beside the restart of its actors.
 * Without it messages that a dead thread had forwarded could be overtaken by later ones, and its lost messages would not be counted.
 */
import { after, type NodeName, type PlaceId, ThreadExited, toWireError, type WireError } from "@process-hub/protocol";
import { Barrier } from "../threads/barrier.js";
import type { Parts } from "./parts.js";

/** Reacts to the deaths of threads. */
export class ThreadDeaths {
  /** The threads and nodes that have not yet taken in all messages of a dead thread. */
  readonly drainReports = new Barrier();
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A thread of this node has ended without an order. */
  exited(index: number, place: PlaceId, cause: Error): void {
    const { local, group, lossAccounting, counters, evacuations, jobs, recovery, replicas, hooks } = this.#parts;
    const { name: node, main } = local;
    const error = new ThreadExited(`thread ${index} of node ${node} has ended: ${cause.message}`, { node, thread: index }, cause);
    const neighbours = [main, ...group.places.filter((other) => other !== place && group.has(other))];
    const last = group.counters(place);
    if (last !== undefined) {
      lossAccounting.died(place, last, neighbours, (lost) =>
        counters.lost(lost, "ThreadExited", `they were in, or on the way to, thread ${index} of node ${node} when it ended`),
      );
    }
    evacuations.gone(place);
    this.drainReports.gone(place);
    jobs.placeDown(place);
    recovery.threadDied(index, place, error);
    replicas.threadDied(place);
    this.#parts.inventory.soon();
    void this.#settle(place, toWireError(error));
    hooks.emit("threadExited", { node, thread: index, error: cause });
  }

  /** Tells all mailers of this node that a thread has ended. Resolves when they have taken in all its messages, and `others` have said the same. */
  drain(place: PlaceId, error: WireError, others: readonly NodeName[] = []): Promise<void> {
    const { group, mailers } = this.#parts;
    const here = group.places.filter((other) => group.has(other));
    const drained = this.drainReports.begin(place, [...here, ...others]);
    mailers.tell({ type: "placeDown", place, error });
    return drained;
  }

  /**
   * Messages that a dead thread had forwarded may not be taken in yet, and its senders' next messages, by another route, would overtake
   * them. So the senders are told when all are taken in, here and on the other nodes, and look for another route only then. A blocked
   * thread is not waited for long.
   */
  async #settle(place: PlaceId, error: WireError): Promise<void> {
    const { clock, membership, messenger, settings, mailers } = this.#parts;
    const others = membership.peers.map(({ node }) => node);
    const drained = this.drain(place, error, others);
    for (const node of others) messenger.send(node, { type: "placeDown", place, error });
    await Promise.race([drained, after(clock, settings.timings.handoffTimeoutMs)]);
    mailers.tell({ type: "placeDrained", place });
    messenger.tellAll({ type: "placeDrained", place });
  }
}
