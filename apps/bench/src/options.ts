/*
 * Parses the command line of the benchmark.
 * Without it a mistyped name would measure nothing.
 */
import { parseArgs } from "node:util";

/** What to measure. */
export interface Options {
  /** The names of the rows, in the order of the table. */
  readonly names: readonly string[];
  /** Fewer rounds of less work. */
  readonly quick: boolean;
  readonly json: boolean;
}

/** How the benchmark is called. */
export const usage = "[rows] [--quick] [--json]";

/** The options in `args` (without node and script); all rows when it names none. Throws an error that says what is wrong. */
export function parseOptions(args: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { quick: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
  });
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`there is no row ${unknown}; there are: ${known.join(", ")}`);
  return { names: positionals.length === 0 ? known : known.filter((name) => positionals.includes(name)), ...values };
}
