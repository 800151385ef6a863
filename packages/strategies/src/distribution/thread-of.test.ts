import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { createRing } from "../ring/ring.js";
import { threadOf } from "./thread-of.js";

const ids = Array.from({ length: 60_000 }, (_, i) => `c-${i}`);

function fullest(of: readonly string[], threads: number): number {
  const load = new Array<number>(threads).fill(0);
  for (const id of of) load[threadOf(id, threads)] = (load[threadOf(id, threads)] ?? Number.NaN) + 1;
  return Math.max(...load) / (of.length / threads);
}

describe("threadOf", () => {
  test.each([1, 2, 3, 4, 7, 8, 16])("spreads ids evenly over %i threads", (threads) => {
    expect(fullest(ids, threads)).toBeLessThan(1.05);
  });

  test.each([2, 4, 8])("spreads the ids of one node as evenly over %i threads: it is independent of the ring", (threads) => {
    const ring = createRing({ nodes: ["a", "b", "c", "d"] });
    for (const node of ring.nodes)
      expect(
        fullest(
          ids.filter((id) => ring.owner(id) === node),
          threads,
        ),
      ).toBeLessThan(1.08);
  });

  test("is the same thread every time", () => {
    expect(["c-1", "c-2", "YYZ", ""].map((id) => threadOf(id, 4))).toEqual(
      ["c-1", "c-2", "YYZ", ""].map((id) => threadOf(id, 4)),
    );
  });

  test.each([0, -1, 1.5, Number.NaN])("refuses %d threads", (threads) => {
    expect(() => threadOf("c-1", threads)).toThrow(HubConfigError);
  });
});
