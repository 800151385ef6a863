/**
 * Prints the tables of docs/operations.md, measured in simulation: `nodes` (what one node sends and gets in a second), `changes` (what one
 * change adds to that, among 10,000 actors), `storms` (the moves of many changes at once, over 10,000 actors), `registry` (what the records
 * of 1,000,000 actors take). `node scripts/costs.mjs [nodes | changes | storms | registry [PART OF A ROW'S NAME]]`; needs the built packages,
 * and takes some ten minutes and 12 GB for all.
 * Without it the tables would have to be computed by hand.
 */
import { changes, measureChanges } from "../packages/testkit/dist/costs/changes.js";
import { law, measure, scenarios } from "../packages/testkit/dist/costs/measure.js";
import { measureStorm, storms } from "../packages/testkit/dist/costs/storms.js";
import { measureRegistry } from "./costs/registry.mjs";

const [only, part = ""] = process.argv.slice(2);
const sizes = { nodes: [10, 25, 50], computed: [100, 1_000], changes: [10, 30, 100] };
const actors = 10_000;
const count = (value) => (value < 99.95 ? value.toFixed(1) : Math.round(value).toLocaleString("en-US"));
const bytes = (value) =>
  value < 1_000 ? `${Math.round(value)} B` : value < 1e6 ? `${(value / 1e3).toFixed(1)} kB` : `${(value / 1e6).toFixed(1)} MB`;
const costs = ({ sent, sentBytes, received, receivedBytes }) => [
  count(sent),
  bytes(sentBytes),
  count(received),
  bytes(receivedBytes),
];
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
const head = (...cells) => {
  console.log();
  row("", ...cells);
  row("---", ...cells.map(() => "---"));
};
const asked = (rows) => rows.filter(({ name }) => name.includes(part));

const tables = {
  async nodes() {
    head("nodes", "sends datagrams/s", "bytes/s", "gets datagrams/s", "bytes/s");
    for (const scenario of asked(scenarios)) {
      const measured = [];
      for (const nodes of sizes.nodes) {
        const cost = await measure(scenario, nodes);
        measured.push([nodes, cost]);
        row(scenario.name, nodes, ...costs(cost));
      }
      const costAt = law(scenario, measured);
      for (const nodes of sizes.computed)
        row(scenario.name, `${nodes.toLocaleString("en-US")}, computed`, ...costs(costAt(nodes)));
    }
  },
  async changes() {
    head("nodes", "sends datagrams", "bytes", "gets datagrams", "bytes");
    for (const nodes of sizes.changes.filter((size) => `${size}`.includes(part))) {
      const cost = await measureChanges(nodes, actors);
      for (const change of ["rest", ...changes]) row(change, nodes, ...costs(cost[change]));
    }
  },
  async storms() {
    head("moves", "needed", "at rest after", "busiest node, datagrams/s", "bytes/s");
    for (const storm of asked(storms)) {
      const { moves, needed, restMs, peak } = await measureStorm(storm, actors);
      row(storm.name, count(moves), count(needed), `${count(restMs)} ms`, count(peak.datagrams), bytes(peak.bytes));
    }
  },
  registry() {
    const records = 1_000_000;
    const { bytes: sent, memory, seconds } = measureRegistry(records);
    head("a record", "1,000,000 records");
    row("memory", bytes(memory / records), bytes(memory));
    row("what a newcomer gets", bytes(sent / records), bytes(sent));
    row("its main thread", `${count((seconds / records) * 1e6)} us`, `${count(seconds)} s`);
  },
};

for (const [name, print] of Object.entries(tables)) if (only === undefined || only === name) await print();
