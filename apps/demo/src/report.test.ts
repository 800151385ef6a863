import { expect, test } from "vitest";
import { emptyAirport } from "./airport-state.js";
import { hasPassed, type Outcome, toJson, toText } from "./report.js";

const exact: Outcome = {
  options: { flights: 100, nodes: 3, threads: 2, moves: true, killThread: false, join: false },
  seconds: 2,
  airports: new Map([
    ["ORD", emptyAirport()],
    ["ATL", emptyAirport()],
  ]),
  totals: {
    sent: 202,
    handled: 202,
    refused: 0,
    expired: 0,
    deadLettered: 0,
    moves: 9,
    inFlightDuringMoves: 4,
    longestPauseMs: 1.5,
  },
  balanced: true,
  deadLetters: {},
  refusedMoves: [],
  lostNodes: [],
  verdict: { exact: true, differences: [], restarted: [], short: new Map() },
};

test("the JSON has the agreed names", () => {
  expect(toJson(exact)).toMatchObject({
    flights: 100,
    seconds: 2,
    messagesPerSecond: 101,
    nodes: 3,
    threadsPerNode: 2,
    moves: 9,
    longestPauseMs: 1.5,
    inFlightDuringMoves: 4,
    handled: 202,
    deadLettered: 0,
    exact: true,
    airports: { ATL: { departures: 0, arrivals: 0, departureDelaySum: 0, arrivalDelaySum: 0, distanceSum: 0 } },
  });
});

test("an exact run passes and says so", () => {
  expect(hasPassed(exact)).toBe(true);
  expect(toText(exact)).toContain("EXACT: all 2 airports");
});

test("when others took part only the airports are judged", () => {
  const outcome = { ...exact, balanced: undefined };
  expect(hasPassed(outcome)).toBe(true);
  expect(toText(outcome)).toMatch(/EXACT.*\n.*other processes took part/);
  expect(hasPassed({ ...outcome, balanced: false })).toBe(false);
});

test("a difference fails the run and is shown with both values", () => {
  const differences = [{ airport: "ORD", figure: "arrivals", expected: 3, actual: 2 }];
  const outcome = { ...exact, verdict: { ...exact.verdict, exact: false, differences } };
  expect(hasPassed(outcome)).toBe(false);
  expect(toText(outcome)).toContain("ORD arrivals: expected 3, got 2");
});

test("lost nodes are named beside what differs, and do not excuse it; what is equal needs no excuse", () => {
  const differences = [{ airport: "ORD", figure: "arrivals", expected: 3, actual: 2 }];
  const outcome = { ...exact, lostNodes: ["far"], verdict: { ...exact.verdict, exact: false, differences } };
  expect(hasPassed(outcome)).toBe(false);
  expect(toText(outcome)).toMatch(/ORD arrivals.*\n1 node was lost \(far\): what it held restarted from nothing\.$/);
  expect(toText({ ...outcome, lostNodes: ["far", "near"] })).toContain("2 nodes were lost (far near): what they held");
  expect(toJson(outcome)).toMatchObject({ lostNodes: ["far"] });
  expect(toText({ ...exact, lostNodes: ["far"] })).not.toContain("lost");
});

test("a killed thread passes on balance, with the restarted airports and the reasons by name", () => {
  const totals = { ...exact.totals, handled: 200, deadLettered: 2 };
  const verdict = { exact: false, differences: [], restarted: ["ATL"], short: new Map([["ORD", 2]]) };
  const outcome = { ...exact, totals, verdict, deadLetters: { ThreadExited: 2 } };
  expect(hasPassed(outcome)).toBe(true);
  for (const part of ["(1): ATL", "(1): ORD 2", "2 dead-lettered (ThreadExited 2)", "BALANCED"])
    expect(toText(outcome)).toContain(part);
  expect(hasPassed({ ...outcome, balanced: false })).toBe(false);
});
