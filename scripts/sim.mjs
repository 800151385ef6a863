// The random campaign: `pnpm sim --seeds 1..1000 --nodes 3..5 --minutes 3 --acts 40`. Exits 1 when a seed fails.
// Without it the campaign would need a program for each run. --minutes bounds it; fewer lives than --atLeast are a failure as well. --threads: how many threads share the seeds (default: one a core).
// Each mark is shown with how often it was reached, and each act with how often it was done: of 1,000 lives or more, a mark that must be reached (`marks` of
// the protocol) and was not is a failure, and so is an act that was never done. UPDATE_DOCS=1 writes the acts of such a run into docs/reliability.md.
// --show: how many failures are printed with their trace. --json FILE writes the counts in the form of a test report.
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { markNames, mustReach } from "../packages/protocol/dist/index.js";

import { actNames } from "../packages/testkit/dist/campaign/acts.js";
import { writeActs } from "./sim/acts-table.mjs";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1..200" },
    nodes: { type: "string", default: "3..5" },
    minutes: { type: "string", default: "60" },
    acts: { type: "string", default: "40" },
    show: { type: "string", default: "3" },
    atLeast: { type: "string", default: "1" },
    threads: { type: "string", default: String(availableParallelism()) },
    json: { type: "string" },
  },
});
const range = (name, text) => {
  const [from, to = from] = text.split("..").map(Number);
  if (Number.isInteger(from) && Number.isInteger(to) && from <= to) return [from, to];
  console.error(`--${name} takes a number or a range such as 1..100; given: ${text}`);
  process.exit(2);
};
const [from, to] = range("seeds", values.seeds);
const [threads] = range("threads", values.threads);
const bounds = { to, nodes: range("nodes", values.nodes), acts: Number(values.acts), step: threads };
const startMs = performance.now();
const endAtMs = Date.now() + Number(values.minutes) * 60_000;

/** How long after the end the lives under way may go on. */
const graceMs = 30_000;
const failures = [];
function failed({ seed, scenario, text }) {
  failures.push({ seed, scenario });
  const isShown = failures.length <= Number(values.show);
  console.log(`[${scenario}] ${isShown ? `${text}\n` : text.split("\n").slice(0, 3).join(" ")}`);
}

/** One thread's share of the seeds; a thread that dies fails the whole. */
function share(first) {
  const worker = new Worker(new URL("./sim/lives.mjs", import.meta.url), { workerData: { ...bounds, from: first, endAtMs } });
  let living = first;
  return new Promise((resolve, reject) => {
    const watch = setInterval(() => {
      if (Date.now() > endAtMs + graceMs) reject(new Error(`seed ${living} does not end: a life that lets no time pass`));
    }, 1_000);
    worker.on("message", (message) => {
      if ("failed" in message) failed(message.failed);
      else if ("living" in message) living = message.living;
      else {
        clearInterval(watch);
        resolve(message.done);
      }
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`a thread of the campaign ended with code ${code} before its share was lived`)));
  });
}

const shares = await Promise.all(Array.from({ length: Math.max(1, threads) }, (_, i) => share(from + i)));
const sum = (read) => shares.reduce((total, one) => total + read(one), 0);
const seeds = sum((one) => one.seeds);
const figure = (name) => sum((one) => one.figures[name]);
const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
const hours = (sum((one) => one.virtualMs) / 3_600_000).toFixed(2);
console.log(`seeds ${from}..${to}: ${seeds} lives, ${hours} hours of cluster life in ${seconds} s`);
console.log(
  `${figure("acts")} acts, ${figure("moves")} moves (${figure("refusedMoves")} refused), ${figure("asks")} asks (${figure("failedAsks")} failed)`,
);
const reached = new Map(markNames.map((name) => [name, sum((one) => one.marks.get(name) ?? 0)]));
for (const [name, times] of reached) console.log(`  ${name}: ${times}`);
const done = new Map(actNames.map((name) => [name, sum((one) => one.acts.get(name) ?? 0)]));
for (const [name, times] of done) console.log(`  ${name}: ${((times * 1_000) / seeds).toFixed(0)} per 1,000 lives`);
/** Fewer lives need not come by every rare path, nor do every act. */
const allFrom = 1_000;
const missed =
  seeds < allFrom
    ? []
    : [...mustReach.filter((name) => reached.get(name) === 0), ...actNames.filter((name) => done.get(name) === 0)];
if (missed.length > 0) console.log(`never reached or done, and must be: ${missed.join(", ")}`);
if (seeds >= allFrom) writeActs(done, seeds);
failures.sort((a, b) => a.seed - b.seed);
if (failures.length > 0)
  console.log(`failing seeds: ${failures.map(({ seed, scenario }) => `${seed} (${scenario})`).join(", ")}`);
const tooFew = seeds < Number(values.atLeast);
if (tooFew) console.log(`only ${seeds} lives within ${values.minutes} minutes, fewer than ${values.atLeast}`);
const passed = seeds - failures.length;
console.log(`${passed} passed, ${failures.length} failed`);
const success = failures.length === 0 && !tooFew && passed > 0 && missed.length === 0;
if (values.json !== undefined) {
  const report = { success, numPassedTests: passed, numFailedTests: failures.length, numPendingTests: 0 };
  writeFileSync(values.json, JSON.stringify(report));
}
process.exit(success ? 0 : 1);
