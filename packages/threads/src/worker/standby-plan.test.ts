import { describe, expect, test } from "vitest";
import { StandbyPlan } from "./standby-plan.js";

const anywhere = { actor: "box" };
const plan = (acknowledge: "standby" | "majority", isFenced = false): StandbyPlan =>
  new StandbyPlan({ acknowledge: () => acknowledge, isFenced: () => isFenced });

describe("how many standbys an actor is to have", () => {
  test("is one before that is known, then as many as there are nodes, up to the most", () => {
    const known = plan("standby");
    expect(known.countFor(anywhere)).toBe(1);
    known.set({ most: 2, nodes: ["b"], unfit: [] });
    expect(known.countFor(anywhere)).toBe(1);
    known.set({ most: 2, nodes: ["b", "c", "d"], unfit: [] });
    expect(known.countFor(anywhere)).toBe(2);
  });

  test("is no more than there are of the nodes that it may run on, each counted once", () => {
    const known = plan("standby");
    known.set({ most: 2, nodes: ["b", "c"], unfit: [] });
    expect([["a"], ["a", "c", "c"], ["b", "c"], []].map((nodes) => known.countFor({ ...anywhere, nodes }))).toEqual([0, 1, 2, 0]);
  });
});

test("a node that lacks the kind of an actor, or has an older one, is none for it", () => {
  const known = plan("majority");
  known.set({ most: 2, nodes: ["b", "c"], unfit: [{ node: "c", kinds: ["box"] }] });
  expect([known.countFor(anywhere), known.countFor({ actor: "cart" }), known.countFor({ ...anywhere, nodes: ["c"] })]).toEqual([
    1, 2, 0,
  ]);
});

describe("how many of them must have a state", () => {
  test.each([
    ["standby", [0, 1, 1, 1, 1]],
    ["majority", [0, 1, 2, 2, 3]],
  ] as const)("%s: of none to four", (acknowledge, needed) => {
    const known = plan(acknowledge);
    const of = (count: number): number => {
      known.set({ most: count, nodes: ["b", "c", "d", "e"], unfit: [] });
      return known.neededFor(anywhere);
    };
    expect([0, 1, 2, 3, 4].map(of)).toEqual(needed);
  });

  test("is one where there can be none, on the word of a node that may not serve", () => {
    const known = plan("majority", true);
    known.set({ most: 2, nodes: [], unfit: [] });
    expect(known.neededFor(anywhere)).toBe(1);
  });
});

test("a kind with a redundancy of its own has as many as that says", () => {
  const known = plan("standby");
  known.set({ most: 0, nodes: ["b", "c", "d"], unfit: [], kinds: [{ actor: "safe", most: 2 }] });
  expect([known.countFor(anywhere), known.countFor({ actor: "safe" })]).toEqual([0, 2]);
});
