/**
 * Breaks the protocols on purpose, one rule at a time, in a copy of the workspace, and shows which checker notices. `pnpm mutants [words of
 * a mutant's name] [--lanes 2]`. Exits 1 when a mutant survives, or is no longer a mutant of the code. Without it a check that finds
 * nothing would look like a check that passes.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { beside, checkers } from "./mutants/checkers.mjs";
import { mutants } from "./mutants/list.mjs";
import { mutated, Workspace } from "./mutants/workspace.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({ options: { lanes: { type: "string", default: "2" } }, allowPositionals: true });
const words = positionals.join(" ");
const chosen = mutants.filter(({ name }) => name.includes(words));
for (const mutant of mutants) mutated(root, mutant);

const firstDeadlineMs = 300_000;
/** A checker that takes this many times as long as alone, for each lane, does not end. */
const slowness = 3;

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

/**
 * What the checkers find without any mutant: nothing, one hopes; it counts as no catch. And the deadline of each: a mutant that makes it
 * several times slower than it is without one has been noticed, one that only shares the machine with another lane has not.
 */
async function withoutMutants(workspace) {
  if (workspace === undefined) throw new Error(`no mutant's name has "${words}"`);
  await workspace.build("the workspace");
  const known = new Map();
  for (const checker of checkers) {
    const fromMs = performance.now();
    const faults = await checker.faults(workspace.root, { firstOnly: false, deadlineMs: firstDeadlineMs });
    const tookMs = performance.now() - fromMs;
    known.set(checker, { faults: new Set(faults), deadlineMs: Math.max(firstDeadlineMs, slowness * lanes.length * tookMs) });
    for (const fault of faults) console.log(`red without any mutant, so it does not count: ${checker.name}: ${fault}`);
  }
  return known;
}

async function lane(workspace, left, known) {
  for (let mutant = left.shift(); mutant !== undefined && broken === undefined; mutant = left.shift()) {
    const fromMs = performance.now();
    const by = await workspace.with(mutant, (build) => catcher(workspace.root, mutant.file, build, known));
    const result = by === undefined ? `- nothing (${seconds(fromMs)})` : `+ ${by} (${seconds(fromMs)})`;
    results.set(mutant.name, result);
    console.log(`${result.slice(0, 1)} ${mutant.name}: ${result.slice(2)}`);
  }
}

async function catcher(copy, file, build, known) {
  const knownUnits = new Set([...known.values()].flatMap(({ faults }) => [...faults]));
  const near = await beside(file).faults(copy, { firstOnly: knownUnits.size === 0, deadlineMs: firstDeadlineMs });
  const nearFault = near.find((one) => !knownUnits.has(one));
  if (nearFault !== undefined) return `units beside it: ${nearFault}`;
  await build();
  for (const checker of checkers.filter(({ of }) => of.includes(file.split("/")[1]))) {
    const { faults: before, deadlineMs } = known.get(checker);
    const faults = await checker.faults(copy, { firstOnly: before.size === 0, deadlineMs });
    const fault = faults.find((one) => !before.has(one));
    if (fault !== undefined) return `${checker.name}: ${fault}`;
  }
  return undefined;
}
