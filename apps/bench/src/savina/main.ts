/*
 * The program of the Savina suite: runs what the command line names, and prints a row for each run.
 * Without it there would be nothing for `pnpm savina` to run.
 */
import { type Options, parseOptions, usage } from "./options.js";
import { programs } from "./programs.js";
import { runProgram } from "./run-program.js";
import { heading, rowText } from "./table.js";
import type { Row } from "./verdict.js";

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function optionsOrExit(): Options {
  try {
    return parseOptions(
      process.argv.slice(2),
      programs.map(({ name }) => name),
    );
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nusage: ${usage}\n`);
    process.exit(2);
  }
}

const { names, threads, size, json } = optionsOrExit();
const rows: Row[] = [];
if (!json) print(heading);
for (const program of programs.filter(({ name }) => names.includes(name))) {
  for (const count of threads) {
    const row = await runProgram(program, { threads: count, size, deadlineMs: size === "small" ? 20_000 : 60_000 });
    rows.push(row);
    if (!json) print(rowText(row));
  }
}
if (json) print(JSON.stringify(rows));
process.exitCode = rows.every(({ exact }) => exact) ? 0 : 1;
