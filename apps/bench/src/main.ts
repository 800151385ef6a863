/*
 * The program of the benchmark: measures the rows that the command line names, and prints each.
 * Without it there would be nothing for `pnpm bench` to run.
 */
import { measureApart } from "./apart.js";
import { type Options, parseOptions, usage } from "./options.js";
import type { Measured } from "./row.js";
import { rows } from "./rows.js";
import { rowText } from "./table.js";

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function optionsOrExit(): Options {
  try {
    return parseOptions(
      process.argv.slice(2),
      rows.map(({ name }) => name),
    );
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nusage: ${usage}\n`);
    process.exit(2);
  }
}

const { names, quick, json } = optionsOrExit();
const all: ({ readonly name: string } & Measured)[] = [];
for (const row of rows.filter(({ name }) => names.includes(name))) {
  const measured = await measureApart(row.name, quick);
  all.push(measured);
  if (!json) print(rowText(row, measured));
}
if (json) print(JSON.stringify(all));
