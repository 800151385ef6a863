import { mayBecome, stateTable } from "@process-hub/protocol";
import { docsSection } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { pausedPhases, type ServingPhase, servingPhases } from "./serving-phase.js";

const phases = Object.keys(servingPhases) as ServingPhase[];

test("a node that has stopped serving serves again by way of returning alone", () => {
  for (const phase of pausedPhases)
    for (const next of servingPhases[phase].next) expect(pausedPhases.has(next) || next === "returning").toBe(true);
});

test("a node that serves can stop from every phase, except under a strategy that always serves", () => {
  for (const phase of phases)
    if (!pausedPhases.has(phase) && phase !== "always") {
      expect(mayBecome(servingPhases, phase, "kept")).toBe(true);
      expect(mayBecome(servingPhases, phase, "stopped")).toBe(true);
    }
});

test("nothing starts, and nothing is adopted, in a pause", () => {
  for (const phase of pausedPhases)
    expect(servingPhases[phase].facts).toEqual({ "starts, stops, hands over": "no", "adopts orphans": "no" });
});

test("stand in the docs", () => {
  const table = stateTable(servingPhases);
  expect(docsSection("states.md", "states:serving", table)).toBe(table);
});
