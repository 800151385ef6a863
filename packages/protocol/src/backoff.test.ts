import { expect, test } from "vitest";
import { backoffMs } from "./backoff.js";

test("the pause doubles from 10 ms to 5 s, and stays there", () => {
  const longest = { next: () => 0 };
  expect([1, 2, 3, 9, 10, 11, 2_000].map((failures) => backoffMs(failures, longest))).toEqual([
    10, 20, 40, 2_560, 5_000, 5_000, 5_000,
  ]);
});

test("chance takes away up to half of it", () => {
  expect(backoffMs(2, { next: () => 0.5 })).toBe(15);
  expect(backoffMs(2, { next: () => 0.999 })).toBeGreaterThan(10);
});
