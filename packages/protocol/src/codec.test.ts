import vm from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copyOf, decode, encode, encodeMessage, encodePlain, findUntravelable, ownedCopy } from "./codec.js";
import { NotSerializable } from "./errors.js";

const thereAndBack = (value: unknown): unknown => decode(encode(value));
const marked = (value: unknown): Uint8Array => Uint8Array.from([0xc1, ...encodePlain(value)]);

describe("what travels", () => {
  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["a boolean", true],
    ["NaN", Number.NaN],
    ["-0", -0],
    ["an infinity", Number.NEGATIVE_INFINITY],
    ["the largest safe integer", Number.MAX_SAFE_INTEGER],
    ["a small bigint", 5n],
    ["a bigint of 200 bits", -(2n ** 200n)],
    ["text beyond ASCII", "Žluťoučký kůň 🐎"],
    ["a date", new Date(1_700_000_000_123)],
    ["a date before 1970", new Date(-1)],
    ["an invalid date", new Date(Number.NaN)],
    ["a pattern", /a+/gi],
    ["a Map in an object", { seats: new Map([["1A", { taken: true }]]) }],
    ["a Map in a Map in a list", [new Map([[1, new Map([["deep", 1]])]])]],
    ["a Map with object keys", new Map([[{ row: 1 }, "a"]])],
    ["a Set of Maps", new Set([new Map([[1, 2]])])],
    ["-0 in a list, an object and a Map", [-0, { zero: -0 }, new Map([[-1, -0]])]],
    ["undefined in a list and an object", { a: undefined, b: [undefined, null] }],
    ["bytes", new Uint8Array([0, 255])],
    ["floats", new Float64Array([1.5, -0, Number.NaN])],
    ["big integers", new BigInt64Array([-1n])],
    ["a part of a buffer", new Int16Array([1, 2, 3]).subarray(1)],
    ["a buffer", new ArrayBuffer(3)],
    ["a view of bits", new DataView(new ArrayBuffer(3))],
    ["half of a surrogate pair", "\ud800"],
    ["long text that ends in half of a pair", `${"x".repeat(100)}\udc00`],
    ["keys that are halves of pairs", { "\ud800": 1, "\ud801": 2 }],
    ["a list with holes", Object.assign(Array(5), { 0: 1, 2: 3 })],
    ["a list with names", Object.assign([1, 2], { extra: "kept" })],
    ["a long list with names", Object.assign(Array(100).fill(0), { extra: new Date(1) })],
    ["a match of a pattern", /b(.)/.exec("abc")],
    ["keys that objects have anyway", { constructor: 1, toString: 2, hasOwnProperty: 3, toJSON: 4 }],
    ["an object of 70,000 keys", Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]))],
  ])("%s", (_, value) => {
    expect(thereAndBack(value)).toStrictEqual(value);
  });

  test("an object without prototype, as a plain one", () => {
    expect(thereAndBack(Object.assign(Object.create(null), { a: new Map([[1, 2]]) }))).toStrictEqual({ a: new Map([[1, 2]]) });
  });

  test("an error inside a value is whole", () => {
    const sent = Object.assign(new RangeError("too far", { cause: new AggregateError([new TypeError("deep"), 7], "all") }), {
      code: 14,
      at: new Date(3),
    });
    const { last } = thereAndBack({ last: sent }) as { last: RangeError & { cause: AggregateError } };
    expect(last).toStrictEqual(sent);
    expect([last.constructor, last.cause.constructor, last.stack]).toEqual([RangeError, AggregateError, sent.stack]);
    expect(last.cause.errors).toStrictEqual([new TypeError("deep"), 7]);
  });

  test.each([
    "({ a: 1, b: [1, { c: undefined }] })",
    "new Map([['k', new Set([1])]])",
    "new Date(5)",
    "/x/g",
    "new Uint8Array([1])",
    "new Float64Array([1.5])",
    "new ArrayBuffer(2)",
  ])("%s of another realm, as one of this", (code) => {
    expect(thereAndBack(vm.runInNewContext(code))).toStrictEqual(vm.runInThisContext(code));
  });

  test("an error of another realm, as one of this", () => {
    const back = thereAndBack(vm.runInNewContext("Object.assign(new RangeError('r'), { code: 'E' })"));
    expect(back).toBeInstanceOf(RangeError);
    expect(back).toMatchObject({ message: "r", code: "E" });
  });

  test("bytes arrive in a buffer of their own", () => {
    for (const bytes of [new Uint8Array([1, 2, 3]).subarray(1), Buffer.from([2, 3])]) {
      const back = thereAndBack({ bytes }) as { bytes: Uint8Array };
      expect(back.bytes).toStrictEqual(new Uint8Array([2, 3]));
      expect(back.bytes.buffer.byteLength).toBe(2);
    }
    const message = encodeMessage({ bytes: Buffer.from([2]) });
    expect((decode(message) as { bytes: Uint8Array }).bytes.buffer === message.buffer).toBe(true);
  });

  test("what was sent is not changed by sending it", () => {
    const value = { list: [new Map([[1, -0]])] };
    encode(value);
    expect(value).toStrictEqual({ list: [new Map([[1, -0]])] });
  });

  test("any plain data", () => {
    const key = fc
      .string({ unit: fc.oneof(fc.string({ unit: "grapheme", maxLength: 1 }), fc.constant("\ud800")) })
      .filter((text) => text !== "__proto__");
    const leaf = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.date(),
      fc.uint8Array(),
      fc.float64Array(),
      fc.sparseArray(fc.integer(), { maxNumElements: 3 }),
      key,
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("record"), tie("map"), tie("set")),
      list: fc.array(tie("tree"), { maxLength: 4 }),
      record: fc.dictionary(key, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
      map: fc.array(fc.tuple(key, tie("tree")), { maxLength: 4 }).map((entries) => new Map(entries)),
      set: fc.array(tie("tree"), { maxLength: 4 }).map((entries) => new Set(entries)),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(thereAndBack(value)).toStrictEqual(value);
      }),
    );
  });
});

describe("what does not travel is named by its path", () => {
  class Point {
    readonly x = 1;
  }
  const circle: { inner: { back?: unknown } } = { inner: {} };
  circle.inner.back = circle;
  const circularError = new Error("round");
  circularError.cause = circularError;

  test.each<[string, unknown, string]>([
    ["a function", { on: { click: () => 1 } }, "value.on.click"],
    ["a function in a list", { list: [1, "two", () => 3] }, "value.list[2]"],
    ["a symbol", [Symbol("s")], "value[0]"],
    ["a promise", { later: Promise.resolve(1) }, "value.later"],
    ["a class instance", { at: new Point() }, "value.at"],
    ["a WeakMap", { cache: new WeakMap() }, "value.cache"],
    ["shared memory", { ring: new SharedArrayBuffer(8) }, "value.ring"],
    ["a function in a Map", { byId: new Map([["x", () => 1]]) }, "value.byId.get(x)"],
    ["a function under an object key", new Map([[Object.create(null), () => 1]]), "value.get(object)"],
    ["a function as a Map's key", new Map([[() => 1, 1]]), "value.key"],
    ["a symbol in a Set", { tags: new Set([Symbol("s")]) }, "value.tags.entry"],
    ["an object under the key __proto__", { list: [JSON.parse('{"a":1,"__proto__":{"x":1}}')] }, "value.list[0].__proto__"],
    ["a number under the key __proto__", JSON.parse('{"__proto__":1}'), "value.__proto__"],
    ["a function as an error's cause", new Error("x", { cause: () => 1 }), "value.cause"],
    ["a function as an error's field", [Object.assign(new Error("x"), { retry: () => 1 })], "value[0].retry"],
    ["a symbol in what an error gathers", new AggregateError([Symbol("s")]), "value.errors[0]"],
    ["a view of shared memory", { ring: new Int32Array(new SharedArrayBuffer(8)) }, "value.ring"],
    ["a class that extends Map", { byId: new (class Index extends Map {})() }, "value.byId"],
    ["a class that extends Array", new (class Rows extends Array {})(), "value"],
    [
      "a class without a root",
      new (class Bare {
        x = 1;
      })(),
      "value",
    ],
    ["a function among a list's names", Object.assign([1], { on: () => 1 }), "value.on"],
  ])("%s", (_, value, path) => {
    expect(() => encode(value)).toThrow(NotSerializable);
    expect(findUntravelable(value)?.fields).toEqual({ path });
  });

  test("a circle, and what is nested without end", () => {
    expect(findUntravelable(circle)?.message).toMatch(/^value\.inner\.back\.inner[.a-z]{0,40}… is nested/);
    expect(findUntravelable(circularError)).toBeInstanceOf(NotSerializable);
  });

  test("the name of the whole begins the path", () => {
    expect(() => encode(() => 1, "input")).toThrow(/^input is a function/);
  });

  test("what throws while it is read throws just that", () => {
    const trap = {
      get now(): number {
        throw new RangeError("mine");
      },
    };
    expect(() => encode(trap)).toThrow(RangeError);
    expect(() => findUntravelable(trap)).toThrow(RangeError);
  });
});

describe("hostile bytes", () => {
  const text = (value: string): number[] => [0xa0 + value.length, ...Buffer.from(value)];

  test.each<[string, readonly number[]]>([
    ["nothing", []],
    ["a value and more", [1, 2]],
    ["half a list", [0x92, 1]],
    ["half a text", [0xa5, 65]],
    ["a list that claims 33 million items", [0xdd, 0x01, 0xff, 0xff, 0xff, 1]],
    ["100,000 lists in each other", Array(100_000).fill(0x91)],
    ["bytes that claim 4 GB", [0xc6, 0xff, 0xff, 0xff, 0xff, 1]],
    ["an unknown extension", [0xd4, 0x11, 1]],
    ["an unknown typed array", [0xc7, 2, 0x74, 0x99, 1]],
    ["a reference to what is not there", [0xd6, 0x70, 0, 0, 0, 1]],
    ["a reference that could close a circle", [0xd6, 0x69, 0, 0, 0, 1, 0x90]],
    ["a mark, and nothing", [0xc1]],
    ["a marked list of no kind", [0xc1, 0x90]],
    ["a marked list of an unknown kind", [0xc1, 0x91, 99]],
    ["an error without a text", [0xc1, 0x91, 10]],
    ["a Map of an odd number of parts", [0xc1, 0x92, 1, 1]],
    ["a view of no known class", [0xc1, 0x93, 6, ...text("Object"), 0xc4, 0]],
    ["bytes that are none", [0xc1, 0x92, 5, 5]],
    ["bytes without a mark in what is marked", [0xc1, 0x81, ...text("a"), 0xc4, 0]],
    ["a pattern that is none", [0xc1, 0x93, 4, ...text("("), ...text("")]],
  ])("%s throws", (_, bytes) => {
    expect(() => decode(new Uint8Array(bytes))).toThrow(Error);
  });

  test("an error's class is looked up among errors only", () => {
    for (const name of ["valueOf", "constructor", "__proto__", "eval", "Function"]) {
      const error = decode(marked([10, name, "x", [0, name], undefined, undefined, undefined, undefined, [0], undefined]));
      expect(error).toBeInstanceOf(Error);
      expect(error).toMatchObject({ name, message: "x" });
    }
  });

  test("a marked key `__proto__` is none", () => {
    for (const kind of [11, 12])
      expect(() => decode(marked([kind, ...(kind === 11 ? [1] : []), "__proto__", {}]))).toThrow("prototype");
  });

  test("a `__proto__` key pollutes nothing", () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"polluted":1},"in":{"__proto__":{"polluted":1}}}');
    const back = decode(encodePlain(hostile)) as { readonly in: object };
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(back).not.toHaveProperty("polluted");
    expect(back.in).not.toHaveProperty("polluted");
    expect({}).not.toHaveProperty("polluted");
  });

  test("any bytes give a value or an error, and the next value is read as ever", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        expect(decode(encode({ fine: [1, new Map([[1, -0]])] }))).toStrictEqual({ fine: [1, new Map([[1, -0]])] });
      }),
      { numRuns: 2_000 },
    );
  });

  test("every cut of a value throws", () => {
    const whole = encode({ name: "a", list: [1, 2.5, "three"], map: new Map([["k", new Uint8Array(9)]]) });
    for (let length = 0; length < whole.length; length++) expect(() => decode(whole.subarray(0, length))).toThrow(Error);
  });
});

test("a copy of a value shares nothing with it", () => {
  const value = { list: [new Map([["k", { n: 1 }]])], bytes: new Uint8Array(2) };
  const copy = copyOf(value) as typeof value;
  expect(copy).toStrictEqual(value);
  expect(copy.list[0]?.get("k")).not.toBe(value.list[0]?.get("k"));
  expect(copy.bytes.buffer).not.toBe(value.bytes.buffer);
});

test("an owned copy shares no memory with what it was copied from", () => {
  const bytes = encode("text");
  const copy = ownedCopy(bytes);
  bytes[0] = 0;
  expect(copy.buffer.byteLength).toBe(copy.byteLength);
  expect(decode(copy)).toBe("text");
});
