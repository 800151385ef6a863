import fc from "fast-check";
import { expect, test } from "vitest";
import { valueKey } from "./value-key.js";

test.each<[string, unknown, unknown]>([
  ["keys in another order", { a: 1, b: 2 }, { b: 2, a: 1 }],
  ["open fields", { a: 1, b: undefined }, { a: 1 }],
  ["open fields beside a key of a tag", { $a: 1, b: undefined }, { $a: 1 }],
  [
    "Map entries in another order",
    new Map([
      ["a", 1],
      ["b", 2],
    ]),
    new Map([
      ["b", 2],
      ["a", 1],
    ]),
  ],
  ["Set members in another order", new Set([{ a: 1 }, 2]), new Set([2, { a: 1 }])],
])("equal: %s", (_, a, b) => expect(valueKey(a)).toBe(valueKey(b)));

test("no two of these are equal", () => {
  const values = [
    0,
    -0,
    "0",
    0n,
    Number.NaN,
    null,
    undefined,
    "",
    [],
    {},
    [undefined],
    [null],
    new Map(),
    new Set(),
    { $map: [] },
  ];
  const more = [
    new Date(0),
    "1970-01-01T00:00:00.000Z",
    [1, 2],
    [2, 1],
    ["1,2"],
    { a: "1,b:2" },
    { a: "1", b: "2" },
    new Map([[1, 2]]),
    new Set([[1, 2]]),
  ];
  expect(new Set([...values, ...more].map(valueKey)).size).toBe(values.length + more.length);
});

test("plain values are equal when their JSON is", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const sorted = (value: unknown): string =>
        JSON.stringify(value, (_, part: unknown) =>
          typeof part === "object" && part !== null && !Array.isArray(part)
            ? { entries: Object.entries(part).toSorted(([x], [y]) => (x < y ? -1 : 1)) }
            : part,
        );
      fc.pre(!sorted([a, b]).includes("-0"));
      expect(valueKey(a) === valueKey(b)).toBe(sorted(a) === sorted(b));
      expect(valueKey(structuredClone(a))).toBe(valueKey(a));
    }),
  );
});
