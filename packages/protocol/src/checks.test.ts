import { describe, expect, it, vi } from "vitest";
import { type Checks, noChecks } from "./checks.js";
import { CountingChecks } from "./counting-checks.js";
import { markNames, marks, mustReach } from "./mark-names.js";
import { InvariantBroken, StrictChecks } from "./strict-checks.js";

const words = "credit is never above what was sent";

describe("checks in simulation", () => {
  it("throw a breach in its words, with the figures of the moment", () => {
    const checks = new StrictChecks();
    const breach = (): void => checks.invariant(false, words, () => "5 of 4");
    expect(breach).toThrow(InvariantBroken);
    expect(breach).toThrow(`${words}: 5 of 4`);
    expect(() => checks.invariant(false, words)).toThrow(/sent$/);
  });

  it("keep the first breach, also when the code caught it", () => {
    const checks = new StrictChecks();
    for (const each of ["first", "second"]) expect(() => checks.invariant(false, each)).toThrow();
    expect(checks.first?.words).toBe("first");
  });

  it("do not ask for the figures when all is well", () => {
    const checks = new StrictChecks();
    const detail = vi.fn(() => "");
    checks.invariant(true, words, detail);
    expect(detail).not.toHaveBeenCalled();
    expect(checks.first).toBeUndefined();
  });

  it("count the marks, by name", () => {
    const checks = new StrictChecks();
    checks.mark("moveTakenBack");
    checks.mark("moveTakenBack");
    checks.mark("duplicateYielded");
    expect([...checks.marked]).toEqual([
      ["moveTakenBack", 2],
      ["duplicateYielded", 1],
    ]);
  });
});

describe("checks in production", () => {
  it("count every breach, tell the first of each, and go on", () => {
    const told: string[] = [];
    const checks = new CountingChecks((text, detail) => told.push(`${text} (${detail})`));
    for (const sent of [3, 4]) checks.invariant(false, words, () => `${sent + 1} of ${sent}`);
    checks.invariant(true, "an author's numbers only grow");
    checks.invariant(false, "an epoch is entered once");
    checks.mark();
    expect([...checks.broken]).toEqual([
      [words, 2],
      ["an epoch is entered once", 1],
    ]);
    expect(told).toEqual([`${words} (4 of 3)`, "an epoch is entered once (undefined)"]);
  });
});

describe("no checks", () => {
  it("take everything in silence", () => {
    const checks: Checks = noChecks;
    checks.invariant(false, words);
    checks.mark("moveTakenBack");
  });
});

describe("the list of marks", () => {
  it("names those that must be reached", () => {
    expect(mustReach).toEqual(markNames.filter((name) => marks[name] !== "may"));
  });

  it("makes a mark that nobody listed a type error", () => {
    // @ts-expect-error no such mark
    noChecks.mark("moveTakenBak");
  });
});
