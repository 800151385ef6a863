import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { measureChanges } from "./changes.js";
import { type Cost, law, measure, scenarios } from "./measure.js";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/operations.md"), "utf8");
const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6 };

/** The row of the page's table for a scenario and a size. */
function told(name: string, size: string): Cost {
  const row = page.split("\n").find((line) => line.startsWith(`| ${name} | ${size} |`));
  const [sent = 0, sentBytes = 0, received = 0, receivedBytes = 0] = (row ?? "")
    .split("|")
    .slice(3, 7)
    .map((cell) => {
      const [number = "", unit = "B"] = cell.trim().split(" ");
      return Number(number.replaceAll(",", "")) * (units[unit] ?? Number.NaN);
    });
  return { sent, sentBytes, received, receivedBytes };
}

function isTold(name: string, cost: Cost): void {
  const page = told(name, "10");
  for (const figure of ["sent", "sentBytes", "received", "receivedBytes"] as const) {
    expect(page[figure], `${name}: ${figure}`).toBeGreaterThan(cost[figure] * 0.85);
    expect(page[figure], `${name}: ${figure}`).toBeLessThan(cost[figure] * 1.15);
  }
}

test.each(scenarios)(
  "docs/operations.md tells what a node of ten costs: $name",
  async (scenario) => isTold(scenario.name, await measure(scenario, 10)),
  60_000,
);

test("docs/operations.md tells what a start, a stop and a move cost a node of ten, whatever the number of actors", async () => {
  const { start, stop, move } = await measureChanges(10, 500);
  for (const [name, cost] of Object.entries({ start, stop, move })) isTold(name, cost);
}, 60_000);

test.each(scenarios)("what it computes for many follows from what it measured: $name", (scenario) => {
  const { name } = scenario;
  const costAt = law(
    scenario,
    [10, 25, 50].map((nodes) => [nodes, told(name, `${nodes}`)] as const),
  );
  for (const nodes of [100, 1_000]) {
    const [computed, page] = [costAt(nodes), told(name, `${nodes.toLocaleString("en-US")}, computed`)];
    for (const figure of ["sent", "received"] as const) expect(page[figure] / computed[figure], figure).toBeCloseTo(1, 0);
    expect(page.receivedBytes).toBeGreaterThan(told(name, "50").receivedBytes);
  }
});
