// The random campaign: `pnpm sim --seeds 1..1000 --nodes 3..5 --minutes 3 --acts 40`. Exits 1 when a seed fails.
// --minutes bounds it; fewer lives than --atLeast are a failure as well. --show: how many failures are told with their trace.
// --json FILE writes the counts in the form of a test report.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { campaign } from "../packages/testkit/dist/campaign/campaign.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1..200" },
    nodes: { type: "string", default: "3..5" },
    minutes: { type: "string", default: "60" },
    acts: { type: "string", default: "40" },
    show: { type: "string", default: "3" },
    atLeast: { type: "string", default: "1" },
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
const nodes = range("nodes", values.nodes);
const startMs = performance.now();
const endMs = startMs + Number(values.minutes) * 60_000;
let shown = 0;
const told = (_seed, regime, error) => {
  if (error === undefined) return;
  console.log(
    ++shown <= Number(values.show)
      ? `[${regime}] ${error.message}\n`
      : `[${regime}] ${error.message.split("\n").slice(0, 3).join(" ")}`,
  );
};
const result = await campaign({ from, to, nodes, acts: Number(values.acts), enough: () => performance.now() > endMs, told });
const seconds = (performance.now() - startMs) / 1_000;
const { acts, asks, failedAsks, moves, refusedMoves } = result.figures;
const failed = result.failures.length;
const hours = (result.virtualMs / 3_600_000).toFixed(2);
console.log(
  `seeds ${from}..${from + result.seeds - 1}: ${result.seeds} lives, ${hours} hours of cluster life in ${seconds.toFixed(0)} s`,
);
console.log(`${acts} acts, ${moves} moves (${refusedMoves} refused), ${asks} asks (${failedAsks} failed)`);
if (failed > 0) console.log(`failing seeds: ${result.failures.map(({ seed, regime }) => `${seed} (${regime})`).join(", ")}`);
const tooFew = result.seeds < Number(values.atLeast);
if (tooFew) console.log(`only ${result.seeds} lives within ${values.minutes} minutes, fewer than ${values.atLeast}`);
const passed = result.seeds - failed;
console.log(`${passed} passed, ${failed} failed`);
const success = failed === 0 && !tooFew && passed > 0;
if (values.json !== undefined) {
  const report = { success, numPassedTests: passed, numFailedTests: failed, numPendingTests: 0 };
  writeFileSync(values.json, JSON.stringify(report));
}
process.exit(success ? 0 : 1);
