import { Command, InvalidArgumentError, type OutputConfiguration } from "commander";
import { flightsInFile } from "./flights.js";

/** What the command line asks for. */
export interface Options {
  readonly flights: number;
  readonly nodes: number;
  readonly threads: number;
  readonly moves: boolean;
  readonly killThread: boolean;
  readonly json?: string;
}

/**
 * The options in `args` (without node and script). On a bad value, and for `--help`, it throws commander's `CommanderError` after
 * the text for the user was written; the error's `exitCode` is 0 for `--help` and 2 for all else.
 */
export function parseOptions(args: readonly string[], output: OutputConfiguration = {}): Options {
  const command = new Command("process-hub-demo")
    .description("Streams real flights through airport actors that move while they work, and proves that nothing was lost.")
    .option("--flights <n>", `how many flights to stream (1 to ${flightsInFile})`, wholeNumber(1, flightsInFile), flightsInFile)
    .option("--nodes <n>", "nodes at the start, all in this process", wholeNumber(1, 16), 3)
    .option("--threads <n>", "worker threads of each node", wholeNumber(1, 64), 1)
    .option("--no-moves", "leave nodes and actors where they are")
    .option("--kill-thread", "make a worker thread die mid-stream", false)
    .option("--json <file>", "write the result there as well")
    .configureOutput(output)
    .exitOverride((error) => {
      if (error.exitCode !== 0) error.exitCode = 2;
      throw error;
    });
  return command.parse([...args], { from: "user" }).opts<Options>();
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}
