import { expect, test } from "vitest";
import { ReportedChecks } from "./reported-checks.js";

test("the breaches of a turn are reported together, by their words, with the figures of the first", async () => {
  const told: unknown[] = [];
  const checks = new ReportedChecks((broken) => told.push(broken));
  checks.invariant(true, "an epoch is entered once");
  for (const sent of [3, 4]) checks.invariant(false, "credit is never above what was sent", () => `${sent + 1} of ${sent}`);
  checks.invariant(false, "an author's numbers only grow");
  checks.mark();
  expect(told).toEqual([]);
  await Promise.resolve();
  expect(told).toEqual([
    [
      { words: "credit is never above what was sent", times: 2, detail: "4 of 3" },
      { words: "an author's numbers only grow", times: 1 },
    ],
  ]);
});

test("nothing is reported while all holds", async () => {
  const checks = new ReportedChecks(() => {
    throw new Error("nothing is broken");
  });
  checks.invariant(true, "an epoch is entered once", () => "");
  await Promise.resolve();
});
