/*
 * The error of a simulation that breaks a promise, with all that is needed to repeat and understand it.
 * Without it a failure would say what is wrong and not how it came about.
 */
import { shortestFailing } from "./checkers/safety.js";
import type { HistoryEvent } from "./history.js";
import { startAtMs } from "./scheduler.js";
import { traceOf } from "./trace.js";

const prefixLines = 20;

/** A story told again and cut short that breaks the same promise: its first `steps` steps, the last of which was `last`. */
export interface Shorter {
  readonly steps: number;
  /** How many steps the whole story has. */
  readonly of: number;
  readonly last: string;
  readonly error: SimulationError;
}

/**
 * A promise was broken. `seed` replays it; `problems` say what is wrong; the message ends with what happened to the actors concerned.
 * Where a message was handled wrongly, `prefix` is the length of the shortest beginning of the history that is wrong already. Where a promise
 * is broken that holds at rest only, `steps` is how many of the story's steps suffice: its verbs and its hubs' calls. The message shows how
 * either ends.
 */
export class SimulationError extends Error {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly history: readonly HistoryEvent[];
  readonly prefix: number | undefined;
  readonly steps: number | undefined;

  /** `thrown`: what a story threw instead, and the text about it. */
  constructor(
    seed: number,
    problems: readonly string[],
    history: readonly HistoryEvent[],
    {
      thrown,
      shorter,
    }: { readonly thrown?: { readonly cause: unknown; readonly message: string }; readonly shorter?: Shorter } = {},
  ) {
    const prefix = shortestFailing(history);
    const lines = [`seed ${seed}: ${problems.length} broken`, ...problems.slice(0, 8).map((problem) => `  - ${problem}`)];
    if (prefix !== undefined) {
      lines.push(`the first ${prefix} of its ${history.length} events suffice; they end so:`);
      lines.push(traceOf(problems, history.slice(0, prefix), startAtMs, prefixLines), "all of it ends so:");
    }
    if (shorter !== undefined) {
      const { steps, of, last, error } = shorter;
      lines.push(`the first ${steps} of its ${of} steps suffice (the last: ${last}); settled after them, it ends so:`);
      lines.push(traceOf(error.problems, error.history, startAtMs, prefixLines), "all of it ends so:");
    }
    const said = thrown?.message ?? [...lines, traceOf(problems, history, startAtMs)].join("\n");
    super(said, thrown === undefined ? undefined : { cause: thrown.cause });
    this.name = "SimulationError";
    this.seed = seed;
    this.problems = problems;
    this.history = history;
    this.prefix = prefix;
    this.steps = shorter?.steps;
  }
}
