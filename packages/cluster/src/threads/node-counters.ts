/*
 * The main thread's own counters, in the form of a thread's counters, and the events of what it counts.
 * Without it messages that are lost between threads and nodes would vanish from the sums of `hub.stats()`.
 */
import { type CounterName, counterIndex, createCounters, type NodeName, nodeOf, readCounters } from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";

/** How many peers that send bad frames are named in the log, each once. The bound is needed since a stranger can make up any number of names. */
const namedPeers = 100;

/** The main thread's counters, and the events of bad frames and of messages that were lost on the way. */
export class NodeCounters {
  readonly #ports: { readonly node: NodeName; readonly hooks: Pick<Hooks, "emit" | "log"> };
  readonly #counters = createCounters();
  readonly #named = new Set<string>();

  constructor(ports: { readonly node: NodeName; readonly hooks: Pick<Hooks, "emit" | "log"> }) {
    this.#ports = ports;
  }

  count(name: CounterName, by: number): void {
    const index = counterIndex[name];
    this.#counters[index] = (this.#counters[index] ?? 0) + by;
  }

  /** A peer sent a bad frame, which the caller drops: counts it and tells of it. */
  badFrame(peer: string, error: unknown): void {
    this.count("badFrames", 1);
    this.badFrameTold(peer, error instanceof Error ? error.message : String(error));
  }

  /** Tells of a bad frame that a thread has counted already: an event for each, and a line in the log for the first under a node's name. */
  badFrameTold(peer: string, error: string): void {
    const { hooks } = this.#ports;
    hooks.emit("badFrame", { peer, error });
    const name = peer.includes("@") ? nodeOf(peer) : peer;
    if (this.#named.size >= namedPeers || this.#named.has(name)) return;
    this.#named.add(name);
    const more = this.#named.size < namedPeers ? "later ones of this peer" : "later ones, whoever sends them,";
    hooks.log("warn", `${name} sent what does not fit, and it was dropped (${more} are counted, not logged): ${error}`);
  }

  /** Messages of which only the number is known will not arrive. */
  lost(count: number, reason: string, detail: string): void {
    if (count === 0) return;
    const { hooks, node } = this.#ports;
    this.count("deadLettered", count);
    hooks.emit("deadLetter", { to: null, message: null, sender: null, reason, detail, count, node });
  }

  /** All figures by name. */
  read(): Record<CounterName, number> {
    return readCounters(this.#counters);
  }
}
