import { describe, expect, test } from "vitest";
import { crashes, heals, joins, leaves, measureStorm, rollingRestart, type Storm } from "./storms.js";

const actors = 400;

describe("a storm moves what must move", () => {
  const exact: readonly Storm[] = [joins(4, 8), leaves(8, 0), crashes(10), rollingRestart(6), heals(3)];
  test.each(exact)(
    "and nothing else: $name",
    async (storm) => {
      const { moves, needed } = await measureStorm(storm, actors);
      expect(moves).toBe(needed);
    },
    60_000,
  );

  test("and, of nodes that leave one after the other, what the first one gave to those that follow it", async () => {
    const { moves, needed } = await measureStorm(leaves(12, 1_000), actors);
    // A sixth of what must move is its own.
    expect(moves).toBeLessThanOrEqual(needed * (1 + 1 / 6));
  }, 60_000);
});
