import { expect, test } from "vitest";
import { NotSerializable } from "./errors.js";
import { mark, unmark } from "./marked-value.js";

test("a marked value is lists and records alone, each list with what it stands for", () => {
  expect(mark({ list: [1, -0], at: new Date(5), seats: new Map([["1A", new Set([2])]]) }, "value")).toEqual({
    list: [0, 1, [8]],
    at: [3, 5],
    seats: [1, "1A", [2, 2]],
  });
});

test("is read back as it was, and shares no memory with what it was read from", () => {
  const marked = mark({ bytes: new Uint8Array([1, 2]), odd: Object.assign(Array(2), { 1: "\udfff" }) }, "value");
  const back = unmark(marked) as { bytes: Uint8Array; odd: unknown[] };
  expect(back).toStrictEqual({ bytes: new Uint8Array([1, 2]), odd: Object.assign(Array(2), { 1: "\udfff" }) });
  expect(back.bytes.buffer.byteLength).toBe(2);
});

test("what cannot be marked is named by its path", () => {
  class Board {}
  expect(() => mark({ board: { cells: [1, 2, new Board()] } }, "state")).toThrow(NotSerializable);
  expect(() => mark({ board: { cells: [1, 2, new Board()] } }, "state")).toThrow("state.board.cells[2] is an instance of Board");
});

test.each<[string, unknown]>([
  ["a list of no kind", []],
  ["bytes that do not say what they are", new Uint8Array(1)],
  ["a Map of an odd number of parts", [1, 1]],
  ["a key that sets a prototype", [12, "__proto__", 1]],
])("%s is no marked value", (_, marked) => {
  expect(() => unmark(marked)).toThrow(Error);
});
