import { InvariantBroken, StrictChecks, stateTable } from "@process-hub/protocol";
import { docsSection } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { type CellPhase, cellPhases, enter } from "./cell-phase.js";

const phases = Object.keys(cellPhases) as CellPhase[];

function inPhase(phase: CellPhase) {
  const chores: string[] = [];
  const checks = new StrictChecks();
  return { cell: { id: "a", phase, timers: { clear: () => void chores.push("timers") }, host: { checks } }, chores };
}

describe("the phases of a cell", () => {
  test.each(phases.flatMap((from) => phases.map((to) => ({ from, to }))))("$from to $to: as the table says", ({ from, to }) => {
    const { cell } = inPhase(from);
    const told = from === "ended" && to === "ended";
    if (told || cellPhases[from].next.includes(to)) {
      enter(cell, to);
      expect(cell.phase).toBe(to);
    } else {
      expect(() => enter(cell, to)).toThrow(InvariantBroken);
      expect(cell.phase).toBe(from);
    }
  });

  test("every phase can be reached, and leads to the end", () => {
    const reached = new Set<CellPhase>(["starting"]);
    for (const phase of reached) for (const next of cellPhases[phase].next) reached.add(next);
    expect([...reached].sort()).toEqual([...phases].sort());
    for (const phase of phases) if (phase !== "ended") expect(cellPhases[phase].next).toContain("ended");
  });

  test("no timer fires after the last message: not while it stops, not at its end, entered once or twice", () => {
    const stopping = inPhase("running");
    enter(stopping.cell, "stopping");
    const ended = inPhase("sealed");
    enter(ended.cell, "ended");
    enter(ended.cell, "ended");
    expect([stopping.chores, ended.chores]).toEqual([["timers"], ["timers"]]);
    const sealed = inPhase("running");
    enter(sealed.cell, "sealed");
    expect(sealed.chores).toEqual([]);
  });

  test("stand in the docs", () => {
    const table = stateTable(cellPhases);
    expect(docsSection("states.md", "states:cell", table)).toBe(table);
  });
});
