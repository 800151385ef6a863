import vm from "node:vm";
import { expect, test } from "vitest";
import { isPlain, maxDepth } from "./is-plain.js";

const long = Array.from({ length: 100 }, (_, i) => i);
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

test.each<[string, unknown]>([
  ["text", "Žluť 🐎"],
  ["nothing", undefined],
  ["null", null],
  ["a number", -1.5],
  ["a bigint", 2n ** 70n],
  ["lists and records", { list: [1, { a: undefined }, [], true] }],
  ["a long list", long],
  ["undefined in a list", [undefined]],
  ["what is as deep as may be", nested(maxDepth)],
])("%s is plain", (_, value) => {
  expect(isPlain(value, false)).toBe(true);
});

test.each<[string, unknown]>([
  ["-0", -0],
  ["half of a surrogate pair", ["\ud800"]],
  ["a key that is one", { "\ud800": 1 }],
  ["a key that sets a prototype", JSON.parse('{"__proto__":1}')],
  ["a function", { a: () => 1 }],
  ["a symbol", Symbol("s")],
  ["a Map", new Map()],
  ["an object without a prototype", Object.create(null)],
  ["an object of another realm", vm.runInNewContext("({})")],
  ["a list with a hole", Object.assign(Array(3), { 0: 1, 2: 2 })],
  ["a short list with a name", Object.assign([1], { a: 1 })],
  ["a long list with a name", Object.assign([...long], { a: 1 })],
  ["a class that extends Array", new (class Rows extends Array {})()],
  ["what is too deep", nested(maxDepth + 2)],
])("%s is not", (_, value) => {
  expect(isPlain(value, false)).toBe(false);
});

test("bytes are, where they may share the memory they are read from", () => {
  for (const bytes of [new Uint8Array(1), Buffer.from([1])])
    expect([isPlain({ bytes }, false), isPlain({ bytes }, true)]).toEqual([false, true]);
  expect(isPlain(new Uint16Array(1), true)).toBe(false);
});
