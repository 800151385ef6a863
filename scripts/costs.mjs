// Prints the tables of docs/operations.md: what storms of members cost (`node scripts/costs.mjs storms`, over 2,000 actors), and what one node sends and gets in a second, measured in simulation at 10, 25 and 50 nodes and computed
// for 100 and 1,000. `node scripts/costs.mjs [PART OF A NAME]` (needs the built packages; takes minutes). Without it the table would have to be computed by hand.
import { law, measure, scenarios } from "../packages/testkit/dist/costs/measure.js";
import { measureStorm, storms } from "../packages/testkit/dist/costs/storms.js";

const sizes = [10, 25, 50];
const computed = [100, 1_000];
const count = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en-US"));
const bytes = (value) =>
  value < 1_000 ? `${Math.round(value)} B` : value < 1e6 ? `${(value / 1e3).toFixed(1)} kB` : `${(value / 1e6).toFixed(1)} MB`;
const row = (name, size, { sent, sentBytes, received, receivedBytes }) =>
  console.log(`| ${name} | ${size} | ${count(sent)} | ${bytes(sentBytes)} | ${count(received)} | ${bytes(receivedBytes)} |`);

if (process.argv[2] === "storms") {
  console.log("| | moves | needed | at rest after |");
  console.log("| --- | --- | --- | --- |");
  for (const storm of storms) {
    const { moves, needed, restMs } = await measureStorm(storm, 2_000);
    console.log(`| ${storm.name} | ${count(moves)} | ${count(needed)} | ${count(restMs)} ms |`);
  }
  process.exit(0);
}

console.log("| | nodes | sends datagrams/s | bytes/s | gets datagrams/s | bytes/s |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const scenario of scenarios.filter(({ name }) => name.includes(process.argv[2] ?? ""))) {
  const measured = [];
  for (const nodes of sizes) {
    const cost = await measure(scenario, nodes);
    measured.push([nodes, cost]);
    row(scenario.name, nodes, cost);
  }
  const costAt = law(scenario, measured);
  for (const nodes of computed) row(scenario.name, `${nodes.toLocaleString("en-US")}, computed`, costAt(nodes));
}
