// Prints the table of docs/operations.md: what one node sends and gets in a second, measured in simulation at 10, 25 and 50 nodes and computed
// for 100 and 1,000. `node scripts/costs.mjs` (needs the built packages).
import { law, scenarios } from "../packages/testkit/dist/costs/measure.js";

const measured = [10, 25, 50];
const shown = [10, 25, 50, 100, 1_000];
const count = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en-US"));
const bytes = (value) =>
  value < 1_000 ? `${Math.round(value)} B` : value < 1e6 ? `${(value / 1e3).toFixed(1)} kB` : `${(value / 1e6).toFixed(1)} MB`;

console.log("| | nodes | sends datagrams/s | bytes/s | gets datagrams/s | bytes/s |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const scenario of scenarios) {
  const startMs = performance.now();
  const costAt = await law(scenario, measured);
  for (const nodes of shown) {
    const { sent, sentBytes, received, receivedBytes } = costAt(nodes);
    const size = measured.includes(nodes) ? `${nodes}` : `${nodes.toLocaleString("en-US")}, computed`;
    console.log(
      `| ${scenario.name} | ${size} | ${count(sent)} | ${bytes(sentBytes)} | ${count(received)} | ${bytes(receivedBytes)} |`,
    );
  }
  console.error(`${scenario.name}: ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
}
