import { expect, test } from "vitest";
import { EventLog, eventProblem, eventProblems } from "./checkers/events.js";

const at = (seq: number, payload: unknown = seq) => ({ seq, payload });

test.each([
  ["any first number, then one after the other", [at(7), at(8)], undefined],
  ["a gap that is told", [at(1), { resync: "slow", seq: 9 }, at(10)], undefined],
  ["a gap that is told before anything came", [{ resync: "window", seq: 4 }, at(5)], undefined],
  ["a gap that is not told", [at(1), at(3)], "entry 1: number 3 after 1, and no gap was told"],
  [
    "a gap that says another number",
    [at(1), { resync: "slow", seq: 4 }, at(6)],
    "entry 2: number 6 after 4, and no gap was told",
  ],
  ["one that comes twice", [at(1), at(1)], "entry 1: number 1 after 1"],
  [
    "a number that goes back, though a gap is told",
    [at(5), { resync: "slow", seq: 2 }, at(3)],
    "entry 1: a gap up to 2, after number 5",
  ],
])("%s", (_, heard, problem) => {
  expect(eventProblem(heard)).toBe(problem);
});

test("two who hear one number hear one event", () => {
  expect(eventProblems({ a: [at(1)], b: [at(1)] })).toEqual([]);
  expect(eventProblems({ a: [at(1, "x")], b: [at(1, "y"), at(3)] })).toEqual([
    "b: entry 1: number 3 after 1, and no gap was told",
    'number 1 was "x" for a, and "y" for b',
  ]);
});

test("a log writes down what a subscription hears", () => {
  const log = new EventLog();
  log.handler("x", { seq: 1 });
  log.options.resync({ reason: "slow", seq: 4 });
  log.options.ended({ reason: "Stop" });
  expect([log.payloads, log.gaps, log.ends]).toEqual([["x"], ["slow"], ["Stop"]]);
});
