// The random campaign: `pnpm sim --seeds 1..1000 --nodes 3..5 --minutes 3 --acts 40`. Exits 1 when a seed fails.
import { parseArgs } from "node:util";
import { campaign } from "../packages/testkit/dist/campaign/campaign.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1..200" },
    nodes: { type: "string", default: "3..5" },
    minutes: { type: "string", default: "60" },
    acts: { type: "string", default: "40" },
    show: { type: "string", default: "3" },
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
const endMs = performance.now() + Number(values.minutes) * 60_000;
const startMs = performance.now();
const result = await campaign({ from, to, nodes, acts: Number(values.acts), enough: () => performance.now() > endMs });
const seconds = (performance.now() - startMs) / 1_000;
for (const { regime, error } of result.failures.slice(0, Number(values.show))) console.log(`[${regime}] ${error.message}\n`);
const { acts, asks, failedAsks, moves, refusedMoves } = result.figures;
console.log(`seeds ${from}..${from + result.seeds - 1}: ${result.seeds} lives, ${(result.virtualMs / 3_600_000).toFixed(2)} hours of cluster life in ${seconds.toFixed(0)} s`);
console.log(`${acts} acts, ${moves} moves (${refusedMoves} refused), ${asks} asks (${failedAsks} failed)`);
if (result.failures.length > 0) console.log(`failing seeds: ${result.failures.map(({ seed, regime }) => `${seed} (${regime})`).join(", ")}`);
console.log(`${result.seeds - result.failures.length} passed, ${result.failures.length} failed`);
process.exit(result.failures.length > 0 || result.seeds === 0 ? 1 : 0);
