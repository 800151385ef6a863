import { docsSection } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { ActCounts, acts, breaches, companions } from "./acts.js";

const cells = (section: string): string[][] =>
  docsSection("reliability.md", section, "")
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

test("docs/reliability.md says of each act how often it was done: none never", () => {
  const rows = cells("acts");
  expect(rows.map(([name, what]) => [name, what])).toEqual(Object.entries(acts).map(([name, what]) => [`\`${name}\``, what]));
  for (const [, , times] of rows) expect(times).toMatch(/^(?!0$)[\d,.]+$/);
});

test("and of each breach, how often it came under each strategy", () => {
  const rows = cells("breaches");
  expect(rows.map(([name]) => name)).toEqual(Object.values(companions));
  for (const [, ...times] of rows)
    expect(times).toEqual(Object.keys(breaches).map(() => expect.stringMatching(/^(?!0$)[\d,.]+$/)));
});

test("counts add up", () => {
  const [one, other] = [new ActCounts(), new ActCounts()];
  one.add("tell");
  other.add("tell", 2);
  other.add("crash");
  one.addAll(other.times);
  expect([...one.times]).toEqual([
    ["tell", 3],
    ["crash", 1],
  ]);
});
