/*
 * Measures one row, and prints what it measured as JSON.
 * Without it rows could not be measured in a process of their own.
 */
import { parseOptions } from "./options.js";
import { rows } from "./rows.js";

const known = rows.map(({ name }) => name);
const { names, quick } = parseOptions(process.argv.slice(2), known);
const row = rows.find(({ name }) => name === names[0]);
if (row === undefined) throw new Error("no row is named");
process.stdout.write(JSON.stringify({ name: row.name, ...(await row.measure(quick)) }));
