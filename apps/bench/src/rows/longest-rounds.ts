/*
 * Measures the longest round of a node's main thread, as a row of the benchmark.
 * Without it these figures would need a program of their own.
 */
import type { Row } from "../row.js";
import { measureTurns } from "../turns/turns.js";

/** The longest rounds of main threads while many actors start, move, are told to a newcomer, and end. */
export const longestRounds: Row = {
  name: "rounds",
  what: "the longest round of a main thread, of nodes with 100,000 actors each (20,000 when quick), in processor time",
  async measure(quick) {
    const turns = await measureTurns(quick ? 20_000 : 100_000);
    const figures = turns.map(({ name, actors, tookMs, rounds }) => {
      const { longMs = 0, collectingMs = 0, node = "any" } = rounds[0] ?? {};
      const note = `${collectingMs.toFixed(0)} collecting; node ${node}, ${actors} actors in ${tookMs.toFixed(0)} ms`;
      return { name, role: "subject" as const, median: longMs, min: longMs, max: longMs, note };
    });
    return { unit: "ms", figures };
  },
};
