import type { HistoryEvent } from "./history.js";
import { traceOf } from "./trace.js";

/** A promise was broken. `seed` replays it; `problems` say what is wrong; the message ends with the last of what happened. */
export class SimulationError extends Error {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly history: readonly HistoryEvent[];

  constructor(seed: number, problems: readonly string[], history: readonly HistoryEvent[]) {
    super([`seed ${seed}: ${problems.length} broken`, ...problems.slice(0, 8).map((problem) => `  - ${problem}`), traceOf(problems, history)].join("\n"));
    this.name = "SimulationError";
    this.seed = seed;
    this.problems = problems;
    this.history = history;
  }
}
