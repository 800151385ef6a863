import { describe, expect, test } from "vitest";
import { shortestFailing } from "./checkers/safety.js";
import { handled, made } from "./fixtures/tellers.js";
import type { HistoryEvent } from "./history.js";
import { SimulationError } from "./simulation-error.js";

const good: readonly HistoryEvent[] = Array.from({ length: 50 }, (_, n) => [made(n), handled(n)]).flat();
const problems = ["P3: cart-1 handles add 3 of node-0@x/main out of order"];

describe("the error of a simulation", () => {
  test("says the seed, the problems, and a trace of the actors concerned", () => {
    const history: HistoryEvent[] = [
      ...good,
      { kind: "fault", atMs: 1_000_020, what: "crash node-2" },
      made("far", false, "cart-10"),
      made("near"),
    ];
    const { message, seed, prefix } = new SimulationError(42, problems, history);
    expect([seed, prefix]).toEqual([42, undefined]);
    expect(message).toMatch(/^seed 42: 1 broken\n {2}- P3: cart-1 handles add 3/);
    expect(message).toContain("       20.00 ms  ---- crash node-2");
    expect(message).toContain("cart-1, epoch 1 at node-1@x/0.0, handles add 49 of node-0@x/main");
    expect(message).toContain('node-0@x/main tells cart-1 add "near"');
    expect(message).not.toContain("far");
  });

  test("shows the shortest beginning of the history that is wrong already", () => {
    const history = [...good, handled(3), ...good.map((event) => ({ ...event, atMs: event.atMs + 100 }))];
    const { message, prefix } = new SimulationError(1, problems, history);
    expect(prefix).toBe(good.length + 1);
    const shown = message.split("\n");
    const last = shown.indexOf("all of it ends so:") - 1;
    expect(shown).toContain("the first 101 of its 201 events suffice; they end so:");
    expect(shown[last]).toContain("handles add 3 of node-0@x/main");
  });
});

test("the shortest failing beginning ends with the event that breaks it, wherever that is", () => {
  for (const at of [1, 2, 30, 99]) {
    const history = [...good.slice(0, at), handled("out of the blue"), ...good.slice(at)];
    expect(shortestFailing(history)).toBe(at + 1);
  }
  expect(shortestFailing(good)).toBeUndefined();
  expect(shortestFailing([])).toBeUndefined();
});
