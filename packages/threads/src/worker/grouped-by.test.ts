import { expect, test } from "vitest";
import { groupedBy } from "./grouped-by.js";

test("items of one key are together, keys in the order in which they came first", () => {
  expect(groupedBy(["b1", "a1", "b2", "a2"], (item) => item.slice(0, 1))).toEqual([
    ["b1", "b2"],
    ["a1", "a2"],
  ]);
  expect(groupedBy([], String)).toEqual([]);
});
