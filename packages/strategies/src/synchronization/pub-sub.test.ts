import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { synchronizationCases } from "./family.cases.js";
import { pubSub } from "./pub-sub.js";

synchronizationCases("pubSub", () => pubSub());

describe("pubSub", () => {
  test("sends a change to every peer at once", () => {
    expect(pubSub().spread({ self: "b", peers: ["a", "b", "c", "d"], heard: [], seed: 1 })).toEqual(["a", "c", "d"]);
  });

  test("leaves what others wrote to its author", () => {
    expect(pubSub().spread({ self: "b", peers: ["c", "d"], heard: ["a"], seed: 1 })).toEqual([]);
  });

  test("repairs every ten seconds, or as set", () => {
    expect(pubSub().repairEveryMs).toBe(10_000);
    expect(pubSub({ syncIntervalMs: 250 }).repairEveryMs).toBe(250);
  });

  test.each([{ syncIntervalMs: 0 }, { syncIntervalMs: Number.POSITIVE_INFINITY }, { interval: 5 }])("refuses %o", (settings) => {
    expect(() => pubSub(settings as { syncIntervalMs: number })).toThrow(HubConfigError);
  });
});
