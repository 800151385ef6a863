/*
 * Parses the command line of the demo.
 * Without it a mistyped option would start a long run of the wrong kind.
 */
import { Command, InvalidArgumentError, Option, type OutputConfiguration } from "commander";
import { flightsInFile } from "./flights.js";
import { transportTo } from "./node.js";

/** The options of a run. */
export interface Options {
  readonly flights: number;
  readonly nodes: number;
  readonly threads: number;
  readonly moves: boolean;
  readonly killThread: boolean;
  readonly json?: string;
  /** Where the NATS server is; without it all nodes are in this process. */
  readonly nats?: string;
  readonly join: boolean;
  /** The name of a node that joins. */
  readonly name?: string;
  /** Processes at the start, this one included, with a NATS server of their own. */
  readonly machines?: number;
}

/**
 * The options in `args` (without node and script). On a bad value, and for `--help`, it throws commander's `CommanderError` after
 * the text for the user was written; the error's `exitCode` is 0 for `--help` and 2 for all else.
 */
export function parseOptions(args: readonly string[], output: OutputConfiguration = {}): Options {
  const command = new Command("process-hub-demo")
    .description("Streams real flights through airport actors that move while they work, and proves that nothing was lost.")
    .option("--flights <n>", `how many flights to stream (1 to ${flightsInFile})`, wholeNumber(1, flightsInFile), flightsInFile)
    .option("--nodes <n>", "nodes of this process at the start (with --nats: 1)", wholeNumber(1, 16), 3)
    .option("--threads <n>", "worker threads of each node", wholeNumber(1, 64), 1)
    .option("--no-moves", "leave nodes and actors where they are")
    .option("--kill-thread", "make a worker thread die mid-stream", false)
    .option("--json <file>", "write the result there as well")
    .option("--nats <url>", "reach the nodes of other processes by this NATS server")
    .option("--join", "be a node of the demo that runs at --nats, until it is over", false)
    .addOption(new Option("--name <node>", "the name of the node that joins").hideHelp())
    .addOption(
      new Option("--machines <n>", "start a NATS server and so many processes")
        .argParser(wholeNumber(1, 16))
        .conflicts(["nats", "nodes"]),
    )
    .configureOutput(output)
    .exitOverride((error) => {
      if (error.exitCode !== 0) error.exitCode = 2;
      throw error;
    });
  const options = command.parse([...args], { from: "user" }).opts<Options>();
  const { nats, machines, join, killThread } = options;
  const spread = nats !== undefined || machines !== undefined;
  // The given value is not repeated: it may hold a password.
  if (nats !== undefined && !isServer(nats))
    command.error(
      "error: option '--nats <url>' is invalid. Give host:port, nats://host:port or tls://host:port; user:password@ may come before the host.",
    );
  if (join && nats === undefined) command.error("error: option '--join' needs '--nats <url>'");
  if (join && machines !== undefined) command.error("error: option '--join' cannot be used with '--machines <n>'");
  if (killThread && spread) command.error("error: option '--kill-thread' is for nodes in one process");
  const nodes = options.machines ?? (spread && command.getOptionValueSource("nodes") === "default" ? 1 : options.nodes);
  return { ...options, nodes };
}

function isServer(url: string): boolean {
  try {
    transportTo(url);
    return true;
  } catch {
    return false;
  }
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}
