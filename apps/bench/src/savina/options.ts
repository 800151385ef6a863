/*
 * Parses the command line of the suite.
 * Without it a mistyped name would run nothing, and pass.
 */
import { parseArgs } from "node:util";
import type { SizeName } from "./program.js";

/** What to run. */
export interface Options {
  /** The names of the programs, in the order of the suite. */
  readonly names: readonly string[];
  readonly threads: readonly number[];
  readonly size: SizeName;
  readonly json: boolean;
}

/** How the suite is called. */
export const usage = "[names] [--threads 1,2] [--size small|full] [--json]";

/** The options in `args` (without node and script); all programs when it names none. Throws an error that says what is wrong. */
export function parseOptions(args: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      threads: { type: "string", default: "1,2" },
      size: { type: "string", default: "small" },
      json: { type: "boolean", default: false },
    },
  });
  const { size, json } = values;
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`there is no program ${unknown}; there are: ${known.join(", ")}`);
  const threads = values.threads.split(",").map(Number);
  if (!threads.every((count) => Number.isInteger(count) && count > 0 && count <= 64))
    throw new Error(`--threads takes whole numbers from 1 to 64, as in 1,2; given: ${values.threads}`);
  if (size !== "small" && size !== "full") throw new Error(`--size takes small or full; given: ${size}`);
  const names = positionals.length === 0 ? known : known.filter((name) => positionals.includes(name));
  return { names, threads, size, json };
}
