/*
 * The ordered reactions to the death of a thread, here or on another node, beside the restart of its actors.
 * Without it messages that a dead thread had forwarded could be overtaken by later ones, and its lost messages would not be counted.
 */
import {
  after,
  type NodeName,
  type PlaceId,
  placeFields,
  placeInWords,
  ThreadExited,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
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
    const { local, recovery, hooks } = this.#parts;
    const { name: node } = local;
    const error = new ThreadExited(`thread ${index} of node ${node} has ended: ${cause.message}`, { node, thread: index }, cause);
    this.#gone(place, error, () => recovery.threadDied(index, place, error));
    hooks.emit("threadExited", { node, thread: index, error: cause });
  }

  /** A thread of this node has ended whose actors have gone to its successor. Those that could not start again there. */
  left(place: PlaceId): void {
    const error = new ThreadExited(`${placeInWords(place)} has ended: another one has taken its place`, placeFields(place));
    this.#gone(place, error, () => this.#parts.recovery.threadLost(place));
  }

  #gone(place: PlaceId, error: ThreadExited, recover: () => void): void {
    const { evacuations, jobs, replicas, inventory, watched } = this.#parts;
    this.#count(place, () => {});
    evacuations.gone(place);
    this.drainReports.gone(place);
    jobs.placeDown(place);
    watched.threadGone(place);
    recover();
    replicas.threadDied(place);
    inventory.soon();
    void this.#settle(place, toWireError(error));
  }

  /**
   * This node closes: ends the threads that do not answer within some time. Resolves when all that was in them, or on the way there, is
   * counted: the other threads say within half of that time what they had sent there.
   */
  async endBlocked(withinMs: number): Promise<void> {
    const { group, mailers, clock } = this.#parts;
    const counted = (await group.endBlocked(withinMs)).map((place) => {
      const error = new ThreadExited(`${placeInWords(place)} did not answer when its node closed`, placeFields(place));
      const all = new Promise<void>((resolve) => this.#count(place, resolve));
      mailers.tell({ type: "placeDown", place, error: toWireError(error) });
      return all;
    });
    if (counted.length > 0) await Promise.race([Promise.all(counted), after(clock, withinMs / 2)]);
  }

  /** Counts what died with a thread, when all its neighbours have said what they had sent there. */
  #count(place: PlaceId, done: () => void): void {
    const { local, group, lossAccounting, counters } = this.#parts;
    const last = group.counters(place);
    if (last === undefined) {
      done();
      return;
    }
    const neighbours = [local.main, ...group.running.filter((other) => other !== place)];
    lossAccounting.died(place, last, neighbours, (lost) => {
      counters.lost(lost, "ThreadExited", `they were in, or on the way to, ${placeInWords(place)} when it ended`);
      done();
    });
  }

  /** Tells all mailers of this node that a thread has ended. Resolves when they have taken in all its messages, and `others` have said the same. */
  drain(place: PlaceId, error: WireError, others: readonly NodeName[] = []): Promise<void> {
    const { group, mailers } = this.#parts;
    const here = group.running;
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
