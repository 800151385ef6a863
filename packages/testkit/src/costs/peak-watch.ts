/*
 * Finds the busiest second of the busiest node.
 * Without it a storm's cost would be an average that hides the node which all others talk to at once.
 */
import type { Traffic } from "../sim-network.js";
import type { Simulation } from "../simulation.js";

/** The traffic of one node: what it was at the last look, and what came since each of the looks of the last second. */
interface Second {
  last: Readonly<Traffic>;
  readonly steps: { readonly datagrams: number; readonly bytes: number }[];
}

const none: Readonly<Traffic> = { sent: 0, sentBytes: 0, received: 0, receivedBytes: 0 };

/** Finds the most datagrams, and the most bytes, that one node sends and receives within a second. */
export class PeakWatch {
  readonly #sim: Pick<Simulation, "nodes" | "traffic">;
  readonly #looksPerS: number;
  readonly #seconds: Second[] = [];
  #most = { datagrams: 0, bytes: 0 };

  /** `looksPerS`: how often a second `look` is going to be called. */
  constructor(sim: Pick<Simulation, "nodes" | "traffic">, looksPerS: number) {
    this.#sim = sim;
    this.#looksPerS = looksPerS;
    for (const index of sim.nodes.keys()) this.#seconds.push({ last: sim.traffic(index) ?? none, steps: [] });
  }

  /** The most of any second so far. */
  get most(): { readonly datagrams: number; readonly bytes: number } {
    return this.#most;
  }

  look(): void {
    for (const index of this.#sim.nodes.keys()) {
      const second = (this.#seconds[index] ??= { last: none, steps: [] });
      const now = this.#sim.traffic(index) ?? none;
      // Another life of the node counts from zero.
      const last = now.sent < second.last.sent ? none : second.last;
      second.last = now;
      second.steps.push({
        datagrams: now.sent + now.received - last.sent - last.received,
        bytes: now.sentBytes + now.receivedBytes - last.sentBytes - last.receivedBytes,
      });
      if (second.steps.length > this.#looksPerS) second.steps.shift();
      const sum = (figure: "datagrams" | "bytes"): number => second.steps.reduce((total, step) => total + step[figure], 0);
      this.#most = {
        datagrams: Math.max(this.#most.datagrams, sum("datagrams")),
        bytes: Math.max(this.#most.bytes, sum("bytes")),
      };
    }
  }
}
