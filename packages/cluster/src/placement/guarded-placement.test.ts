import { clusterView, type DistributionStrategy, type Placement } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { GuardedPlacement, strategyFailure } from "./guarded-placement.js";

const view = clusterView(["a", "b"].map((node) => ({ node, incarnation: `${node}1`, threads: 1, joinedAtMs: 1 })));
const child = { id: "x", actor: "counter" };

function guarded(place: () => Placement) {
  const logged: string[] = [];
  const strategy: DistributionStrategy = { family: "distribution", name: "moody", settings: {}, place };
  return { placement: new GuardedPlacement(strategy, view, (_, message) => void logged.push(message)), logged };
}

describe("a strategy that fails", () => {
  const failures: readonly [string, () => Placement][] = [
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    ["gives no placement", () => undefined as unknown as Placement],
    ["gives no list of nodes", () => ({ owners: () => "a" as unknown as string[] })],
    ["names a node that is not in its view", () => ({ owners: () => ["c"] })],
  ];
  test.each(failures)("names no node: one that %s", (_, place) => {
    const { placement, logged } = guarded(place);
    expect([placement.owners(child, 2), placement.registrarOf(child)]).toEqual([[], undefined]);
    expect(placement.failureOf(child)).toMatchObject({
      code: "StartFailed",
      message: expect.stringMatching(/the distribution strategy moody failed/),
      fields: { id: "x", strategy: "moody" },
    });
    expect(logged).toHaveLength(1);
  });
});

test("the first owner admits an id, or the registrar that the strategy names", () => {
  expect(guarded(() => ({ owners: () => ["b", "a"] })).placement.registrarOf(child)).toBe("b");
  const named = guarded(() => ({ owners: () => ["b", "a"], registrar: () => "a" })).placement;
  expect([named.registrarOf(child), named.hasRegistrar, named.owners(child, 2), named.failureOf(child)]).toEqual([
    "a",
    true,
    ["b", "a"],
    undefined,
  ]);
});

test("the strategy is asked once for each view", () => {
  let asked = 0;
  const { placement } = guarded(() => {
    asked++;
    return { owners: () => ["a"] };
  });
  placement.owners(child, 1);
  placement.registrarOf(child);
  expect(asked).toBe(1);
});

test("what a start rejects with names the strategy and its cause", () => {
  const cause = new RangeError("no room");
  expect(strategyFailure({ family: "redundancy", name: "mine" }, "x", cause)).toMatchObject({
    message: "actor x: the redundancy strategy mine failed: no room",
    cause,
  });
});
