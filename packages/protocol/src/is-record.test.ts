import vm from "node:vm";
import { expect, test } from "vitest";
import { isRecord } from "./is-record.js";

test.each<[string, unknown, boolean]>([
  ["an object", {}, true],
  ["one of another realm", vm.runInNewContext("({ a: 1 })"), true],
  ["one without a prototype", Object.create(null), true],
  ["an instance", new (class Board {})(), false],
  ["a list", [], false],
  ["a Map of another realm", vm.runInNewContext("new Map()"), false],
  ["an object with a prototype of its own", Object.create({ a: 1 }), false],
  ["null", null, false],
])("%s", (_, value, isOne) => {
  expect(isRecord(value)).toBe(isOne);
});
