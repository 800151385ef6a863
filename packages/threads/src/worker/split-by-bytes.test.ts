import { expect, test } from "vitest";
import { splitByBytes } from "./split-by-bytes.js";

const split = (sizes: readonly number[], atMostBytes: number): (readonly number[])[] =>
  splitByBytes(sizes, (size) => size, atMostBytes).map(({ items }) => items);

test("items go together up to the bound, in order", () => {
  expect(split([40, 60, 1, 99, 1], 100)).toEqual([[40, 60], [1, 99], [1]]);
});

test("an item above the bound goes alone", () => {
  expect(split([10, 500, 10, 10], 100)).toEqual([[10], [500], [10, 10]]);
});

test("no items make no run, and each run says its size", () => {
  expect(split([], 100)).toEqual([]);
  expect(splitByBytes([70, 20, 50], (size) => size, 100).map(({ bytes }) => bytes)).toEqual([90, 50]);
});
