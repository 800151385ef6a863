import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "./codec.js";
import { NotSerializable } from "./errors.js";
import {
  bytesAbove,
  closePayload,
  framedPayload,
  isFramedPayload,
  mostBytesOf,
  openPayload,
  PlainValue,
  payloadBytes,
  payloadFrom,
} from "./payload.js";

const plain = [undefined, null, true, 0, -1.5, Number.NaN, "text", "🐎", {}, [], { a: { b: [1, "two", undefined] } }, [[[]]]];
const others = [
  ...[
    -0,
    5n,
    new Map([[1, 2]]),
    new Date(1),
    new Uint8Array(2),
    Object.assign(Array(3), { 0: 1 }),
    Object.assign([1], { name: "kept" }),
    "\ud800",
  ],
  ...["x".repeat(5_000), Array(100).fill(1), { "\ud800": 1 }, new Error("x"), { deep: [new Set([1])] }],
];

test.each(plain.map((value) => ({ value })))("$value is kept as a copy", ({ value }) => {
  const payload = closePayload(value);
  expect(payload).toBeInstanceOf(PlainValue);
  expect(openPayload(payload)).toStrictEqual(value);
  expect(isFramedPayload(framedPayload(payload))).toBe(true);
});

test.each(others.map((value) => ({ value })))("$value is bytes", ({ value }) => {
  const payload = closePayload(value);
  expect(payload).toBeInstanceOf(Uint8Array);
  expect(openPayload(payload)).toStrictEqual(value);
});

describe("any value", () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "medium" },
      ...plain.slice(0, 8).map(fc.constant),
      fc.string(),
      tie("list"),
      tie("record"),
      tie("odd"),
    ),
    list: fc.array(tie("tree"), { maxLength: 70 }),
    record: fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      tie("tree"),
      { maxKeys: 4, noNullPrototype: true },
    ),
    odd: fc.constantFrom<unknown>(...others),
  }));

  test("opens as it would from its bytes, and shares nothing with what it was closed from", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const [payload, bytes] = [closePayload(value), encode(value)];
        expect(decode(payloadBytes(payload))).toStrictEqual(decode(bytes));
        expect(mostBytesOf(payload)).toBeGreaterThanOrEqual(payloadBytes(payload).byteLength);
        const opened = openPayload(payloadFrom(framedPayload(payload)));
        expect(opened).toStrictEqual(value);
        if (typeof value === "object" && value !== null) expect(opened).not.toBe(value);
      }),
    );
  });
});

test("a part that cannot travel is named by its path", () => {
  expect(() => closePayload({ list: [1, () => 1] }, "input")).toThrow(/^input\.list\[1\] is a function/);
  const circle: { back?: unknown } = {};
  circle.back = circle;
  expect(() => closePayload(circle)).toThrow(NotSerializable);
  expect(() => closePayload(JSON.parse('{"a":{"__proto__":1}}'))).toThrow("value.a.__proto__");
});

test("a limit is held to the byte", () => {
  const payload = closePayload({ text: "abc" });
  const { byteLength } = payloadBytes(payload);
  expect(mostBytesOf(payload)).toBeGreaterThan(byteLength);
  expect(bytesAbove(payload, byteLength)).toBeUndefined();
  expect(bytesAbove(payload, byteLength - 1)).toBe(byteLength);
});

test("bytes inside an open value are no payload", () => {
  expect(isFramedPayload({ deep: [new Uint8Array(1)] })).toBe(false);
  expect(isFramedPayload(new Uint8Array(1))).toBe(true);
});
