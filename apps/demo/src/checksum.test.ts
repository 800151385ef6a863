import { expect, test } from "vitest";
import { chain, textAsInteger } from "./checksum.js";

const over = (values: number[]) => values.reduce(chain, 0);

test("the order of the values counts", () => {
  expect(over([1, 2, 3])).not.toBe(over([1, 3, 2]));
  expect(over([1, 2, 3])).not.toBe(over([2, 1, 3]));
});

test("a lost and a doubled value change it, zeros too", () => {
  const checksums = [[], [0], [0, 0], [0, 0, 0], [5], [5, 5]].map(over);
  expect(new Set(checksums).size).toBe(checksums.length);
});

test("no two neighbouring flights of a long stream can change places unnoticed", () => {
  const values = Array.from({ length: 300 }, (_, at) => (at * 7) % 101);
  const checksum = over(values);
  for (let at = 0; at + 1 < values.length; at++) {
    const swapped = values.with(at, values[at + 1] as number).with(at + 1, values[at] as number);
    expect(over(swapped)).not.toBe(checksum);
  }
});

test("is MurmurHash3's body step on 32-bit integers", () => {
  expect(chain(0, 0)).toBe(0xe6546b64 | 0);
  expect(Number.isInteger(chain(0x7fffffff, -1116))).toBe(true);
});

test("airport codes become distinct integers", () => {
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const codes = letters.flatMap((one) => letters.flatMap((two) => letters.map((three) => one + two + three)));
  expect(new Set(codes.map(textAsInteger)).size).toBe(26 ** 3);
});
