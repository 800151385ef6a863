import { shortestFailing } from "./checkers/safety.js";
import type { HistoryEvent } from "./history.js";
import { startAtMs } from "./scheduler.js";
import { traceOf } from "./trace.js";

const prefixLines = 20;

/**
 * A promise was broken. `seed` replays it; `problems` say what is wrong; the message ends with what happened to the actors concerned.
 * Where a message was handled wrongly, `prefix` is the length of the shortest beginning of the history that is wrong already, and the
 * message shows its end.
 */
export class SimulationError extends Error {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly history: readonly HistoryEvent[];
  readonly prefix: number | undefined;

  /** `thrown`: what a story threw instead, and what is to be said of it. */
  constructor(
    seed: number,
    problems: readonly string[],
    history: readonly HistoryEvent[],
    thrown?: { readonly cause: unknown; readonly message: string },
  ) {
    const prefix = shortestFailing(history);
    const lines = [`seed ${seed}: ${problems.length} broken`, ...problems.slice(0, 8).map((problem) => `  - ${problem}`)];
    if (prefix !== undefined) {
      lines.push(`the first ${prefix} of its ${history.length} events suffice; they end so:`);
      lines.push(traceOf(problems, history.slice(0, prefix), startAtMs, prefixLines), "all of it ends so:");
    }
    const said = thrown?.message ?? [...lines, traceOf(problems, history, startAtMs)].join("\n");
    super(said, thrown === undefined ? undefined : { cause: thrown.cause });
    this.name = "SimulationError";
    this.seed = seed;
    this.problems = problems;
    this.history = history;
    this.prefix = prefix;
  }
}
