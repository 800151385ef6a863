import { after, type NodeName, type PlaceId, ThreadExited, toWireError, type WireError } from "@process-hub/protocol";
import { Barrier } from "../threads/barrier.js";
import type { Parts } from "./parts.js";

/** What follows from the death of a thread, of this node or of another, beside the restart of its actors. */
export class ThreadDeaths {
  /** Threads, and other nodes, that have still to take in what a dead thread had sent them. */
  readonly drainReports = new Barrier();
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A thread of this node has ended, and not because it was told to. */
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
    void this.#settle(place, toWireError(error));
    hooks.emit("threadExited", { node, thread: index, error: cause });
  }

  /** Tells everyone here that a thread has ended. Resolves when all that it had sent here is taken in, and `others` have said so. */
  drain(place: PlaceId, error: WireError, others: readonly NodeName[] = []): Promise<void> {
    const { group, mailers } = this.#parts;
    const here = group.places.filter((other) => group.has(other));
    const drained = this.drainReports.begin(place, [...here, ...others]);
    mailers.tell({ type: "placeDown", place, error });
    return drained;
  }

  /**
   * What a dead thread had passed on may lie unread where it went, and what its senders send by another way would overtake it: they hear
   * that all is taken in, here and on the other nodes, before they look for that other way. A thread that is blocked is not waited for long.
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
