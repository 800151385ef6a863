import { counterNames, createCounters, readCounters } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { ThreadCounters } from "./thread-counters.js";

describe("counters of a thread", () => {
  test("sums grow by one, or by what is given", () => {
    const figures = createCounters();
    const counters = new ThreadCounters(figures);
    counters.add("handled");
    counters.add("handled", 4);
    expect(readCounters(figures).handled).toBe(5);
  });

  test("a figure of how things are now is replaced", () => {
    const figures = createCounters();
    const counters = new ThreadCounters(figures);
    counters.set("standbyActors", 7);
    counters.set("standbyActors", 2);
    expect(readCounters(figures).standbyActors).toBe(2);
  });

  test("a maximum only rises", () => {
    const figures = createCounters();
    const counters = new ThreadCounters(figures);
    counters.most("longestPauseMs", 9);
    counters.most("longestPauseMs", 3);
    expect(readCounters(figures).longestPauseMs).toBe(9);
  });

  test("every figure has a place of its own", () => {
    const figures = createCounters();
    const counters = new ThreadCounters(figures);
    for (const [n, name] of counterNames.entries()) counters.set(name, n);
    expect(Object.values(readCounters(figures))).toEqual(counterNames.map((_, n) => n));
  });
});
