/*
 * The table of docs/reliability.md that says how often the campaign did each act.
 * Without it a reader would not know what the lives of the campaign go through, and how often.
 */
import { docsSection } from "../../packages/protocol/dist/testing/docs-section.js";
import { acts, breaches, companions } from "../../packages/testkit/dist/campaign/acts.js";

/** Writes the tables into the docs when UPDATE_DOCS=1 is in the environment: `times` by name, of so many lives. */
export function writeActs(times, lives) {
  const often = (name) => shown((times.get(name) * 1_000) / lives);
  const rows = Object.entries(acts).map(([name, what]) => `| \`${name}\` | ${what} | ${often(name)} |`);
  docsSection(
    "reliability.md",
    "acts",
    ["| act or trouble | what happens | per 1,000 lives |", "|---|---|---|", ...rows].join("\n"),
  );
  const columns = Object.keys(breaches);
  const head = `| under, per 1,000 lives | ${Object.values(breaches).join(" | ")} |\n|---|${"---|".repeat(columns.length)}`;
  const line = ([name, what]) => `| ${what} | ${columns.map((breach) => often(`${name} ${breach}`)).join(" | ")} |`;
  docsSection("reliability.md", "breaches", [head, ...Object.entries(companions).map(line)].join("\n"));
}

function shown(times) {
  return (times < 10 ? Math.round(times * 10) / 10 : Math.round(times)).toLocaleString("en-US");
}
