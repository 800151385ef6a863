/**
 * Breaks the protocols on purpose, one rule at a time, in a copy of the workspace, and shows which checker notices. `pnpm mutants [words of
 * a mutant's name] [--lanes 2]`. Exits 1 when a mutant survives, or is no longer a mutant of the code. Without it a check that finds
 * nothing would look like a check that passes.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkers } from "./mutants/checkers.mjs";
import { mutants } from "./mutants/list.mjs";
import { mutated, Workspace } from "./mutants/workspace.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({ options: { lanes: { type: "string", default: "2" } }, allowPositionals: true });
const words = positionals.join(" ");
const chosen = mutants.filter(({ name }) => name.includes(words));
for (const mutant of mutants) mutated(root, mutant);

const startMs = performance.now();
const seconds = (sinceMs) => `${((performance.now() - sinceMs) / 1_000).toFixed(0)} s`;
const lanes = Array.from({ length: Math.min(Number(values.lanes), chosen.length) }, () => new Workspace(root));
const results = new Map();
let broken;
try {
  const known = await withoutMutants(lanes[0]);
  const left = [...chosen];
  await Promise.all(lanes.map((workspace) => lane(workspace, left, known)));
} catch (error) {
  broken = error;
} finally {
  for (const workspace of lanes) workspace.remove();
}

const width = Math.max(...chosen.map(({ name }) => name.length));
console.log(`\n${"mutant".padEnd(width)}  caught by`);
for (const { name } of chosen) console.log(`${name.padEnd(width)}  ${results.get(name) ?? "not tried"}`);
const caught = chosen.filter(({ name }) => results.get(name)?.startsWith("+")).length;
console.log(`\n${caught} of ${chosen.length} mutants caught in ${seconds(startMs)}`);
if (broken) console.error(broken.message);
process.exitCode = caught === chosen.length && chosen.length > 0 ? 0 : 1;

/** What the checkers find without any mutant: nothing, one hopes; it counts as no catch. */
async function withoutMutants(workspace) {
  if (workspace === undefined) throw new Error(`no mutant's name has "${words}"`);
  const { code, output } = await workspace.build();
  if (code !== 0) throw new Error(`the workspace does not compile:\n${output}`);
  const known = new Map();
  for (const checker of checkers) {
    const faults = await checker.faults(workspace.root, false);
    known.set(checker, new Set(faults));
    for (const fault of faults) console.log(`red without any mutant, so it does not count: ${checker.name}: ${fault}`);
  }
  return known;
}

async function lane(workspace, left, known) {
  for (let mutant = left.shift(); mutant !== undefined && broken === undefined; mutant = left.shift()) {
    const fromMs = performance.now();
    const by = await workspace.with(mutant, () => catcher(workspace, mutant, known));
    const result = by === undefined ? `- nothing (${seconds(fromMs)})` : `+ ${by} (${seconds(fromMs)})`;
    results.set(mutant.name, result);
    console.log(`${result.slice(0, 1)} ${mutant.name}: ${result.slice(2)}`);
  }
}

async function catcher({ root: copy }, { file }, known) {
  for (const checker of checkers.filter(({ of }) => of.includes(file.split("/")[1]))) {
    const before = known.get(checker);
    const faults = await checker.faults(copy, before.size === 0);
    const fault = faults.find((one) => !before.has(one));
    if (fault !== undefined) return `${checker.name}: ${fault}`;
  }
  return undefined;
}
