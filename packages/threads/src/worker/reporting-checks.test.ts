import type { ToMainFrame } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { settled } from "./fixtures/thread-stage.js";
import { ReportingChecks } from "./reporting-checks.js";

function scene() {
  const told: ToMainFrame[] = [];
  return { told, checks: new ReportingChecks((frame) => void told.push(frame)) };
}

test("breaches of one turn are told together, by their words, with the details of the first", async () => {
  const { told, checks } = scene();
  checks.invariant(false, "one holds", () => "first");
  checks.invariant(false, "two holds");
  checks.invariant(false, "one holds", () => "second");
  expect(told).toEqual([]);
  await settled();
  expect(told).toEqual([
    { type: "invariantBroken", words: "one holds", count: 2, detail: "first" },
    { type: "invariantBroken", words: "two holds", count: 1 },
  ]);
});

test("what holds costs nothing and is told to nobody; its details are not made", async () => {
  const { told, checks } = scene();
  checks.invariant(true, "one holds", () => expect.unreachable());
  checks.mark();
  await settled();
  expect(told).toEqual([]);
});
