import { decode, encode } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { plainValue } from "./plain-value.js";

const said = (value: unknown): string => JSON.stringify(plainValue(value));

/** Each differs from all others, though JSON alone has one form for several. */
const values: readonly (readonly [name: string, value: unknown, form: string])[] = [
  ["null", null, "null"],
  ["undefined", undefined, '{"$undefined":true}'],
  ["zero", 0, "0"],
  ["minus zero", -0, '{"$number":"-0"}'],
  ["NaN", Number.NaN, '{"$number":"NaN"}'],
  ["infinity", Number.NEGATIVE_INFINITY, '{"$number":"-Infinity"}'],
  ["a bigint", 5n, '{"$bigint":"5"}'],
  ["a text of digits", "5", '"5"'],
  ["an empty object", {}, "{}"],
  ["an open field", { a: undefined }, '{"a":{"$undefined":true}}'],
  ["an empty Map", new Map(), '{"$map":[]}'],
  ["a Map", new Map([[{ k: 1 }, new Map([["a", 1n]])]]), '{"$map":[[{"k":1},{"$map":[["a",{"$bigint":"1"}]]}]]}'],
  ["a Set", new Set([1, "1"]), '{"$set":[1,"1"]}'],
  ["a list", [1, "1"], '[1,"1"]'],
  ["a Date", new Date(5), '{"$date":"1970-01-01T00:00:00.005Z"}'],
  ["no Date", new Date(Number.NaN), '{"$date":"invalid"}'],
  ["the text of a Date", "1970-01-01T00:00:00.005Z", '"1970-01-01T00:00:00.005Z"'],
  ["bytes", Uint8Array.of(0, 255), '{"$Uint8Array":"00ff"}'],
  ["words", Uint16Array.of(0xff00), '{"$Uint16Array":"00ff"}'],
  ["a buffer", Uint8Array.of(0, 255).buffer, '{"$ArrayBuffer":"00ff"}'],
  ["an error", new RangeError("no", { cause: 1 }), '{"$error":["RangeError","no",1]}'],
  ["a pattern", /a/g, '{"$regexp":"/a/g"}'],
  ["an object with such a key", { $set: [1] }, '{"$object":[["$set",[1]]]}'],
];

describe("a value in a history", () => {
  test.each(values)("%s has a form of its own", (_, value, form) => expect(said(value)).toBe(form));

  test("no two of these look the same, and each looks the same after a journey", () => {
    expect(new Set(values.map(([, value]) => said(value))).size).toBe(values.length);
    for (const [, value] of values) expect(said(decode(encode(value)))).toBe(said(value));
  });

  test("a circle ends, what is merely there twice is shown twice", () => {
    const part = { a: 1 };
    const circle: { self?: unknown } = {};
    circle.self = [circle];
    expect([said([part, part]), said(circle)]).toEqual(['[{"a":1},{"a":1}]', '{"self":[{"$circle":2}]}']);
  });

  test("a key that would set a prototype is a key", () => {
    expect(said(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"$object":[["__proto__",{"a":1}]]}');
  });
});
