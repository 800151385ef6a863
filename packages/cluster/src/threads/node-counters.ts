/*
 * The main thread counts what it meets itself, in the same counters as a thread has, and tells of it by events.
 * Without it messages that are lost between threads and nodes would vanish from the sums of `hub.stats()`.
 */
import { type CounterName, counterIndex, createCounters, type NodeName, nodeOf, readCounters } from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";

/** So many peers that send what does not fit are named in the log, each once: names cost a stranger nothing. */
const namedPeers = 100;

/** The main thread's counters, and the events of what it counts itself: frames that do not fit, messages that were lost on the way. */
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

  /** A frame of a peer does not fit: counted, told, and dropped by the caller. */
  badFrame(peer: string, error: unknown): void {
    this.count("badFrames", 1);
    this.badFrameTold(peer, error instanceof Error ? error.message : String(error));
  }

  /** The same of a frame that is counted already, by a thread. An event for each; a line in the log for the first of a node, or of whoever says that name. */
  badFrameTold(peer: string, error: string): void {
    const { hooks } = this.#ports;
    hooks.emit("badFrame", { peer, error });
    const name = peer.includes("@") ? nodeOf(peer) : peer;
    if (this.#named.size >= namedPeers || this.#named.has(name)) return;
    this.#named.add(name);
    const more = this.#named.size < namedPeers ? "later ones of this peer" : "later ones, whoever sends them,";
    hooks.log("warn", `${name} sent what does not fit, and it was dropped (${more} are counted, not logged): ${error}`);
  }

  /** So many messages, of which no more is known, will not arrive. */
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
