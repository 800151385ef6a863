/**
 * The binary form of everything that travels: msgpackr, plain data in, plain data out.
 * What it adds to the library: Maps stay Maps beside plain objects, -0 stays -0, and what msgpackr would quietly drop or flatten
 * (functions, promises, class instances, circles, `__proto__` as a key) is a `NotSerializable` that names the path. Errors inside a value are read by
 * our own extension: the library's looks the class up by whatever name the bytes say.
 * Without it a value could arrive as something else than was sent, and no one would be told.
 */
import { addExtension, Packr } from "msgpackr";
import { z } from "zod";
import { builtInErrors, NotSerializable } from "./errors.js";

/** Bytes on a port: of any buffer, shared ones included. */
export const Bytes: z.ZodType<Uint8Array> = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "takes bytes");
export type Bytes = Uint8Array;

/** Stands for a Map on the wire, where a bare msgpack map is a plain object. */
class WireMap {
  readonly entries: unknown[];
  constructor(entries: unknown[]) {
    this.entries = entries;
  }
}

addExtension({
  Class: WireMap,
  type: 0x4d,
  write: (map: WireMap) => map.entries,
  read: (flat: unknown) => {
    if (!Array.isArray(flat) || flat.length % 2 !== 0) throw new Error("a Map on the wire is a list of keys and values");
    const map = new Map<unknown, unknown>();
    for (let i = 0; i < flat.length; i += 2) map.set(flat[i], flat[i + 1]);
    return map;
  },
});

/** Stands for -0, which msgpack would write as the integer 0. */
class WireNegativeZero {}

addExtension({ Class: WireNegativeZero, type: 0x5a, write: () => 0, read: () => -0 });

/** Stands for an Error inside a value: its name, text and cause. */
class WireErrorValue {
  readonly parts: readonly unknown[];
  constructor(parts: readonly unknown[]) {
    this.parts = parts;
  }
}

addExtension({
  Class: WireErrorValue,
  type: 0x65,
  write: (error: WireErrorValue) => error.parts,
  read: (parts: unknown) => {
    if (!Array.isArray(parts) || typeof parts[0] !== "string" || typeof parts[1] !== "string")
      throw new Error("an Error on the wire has a name and a text");
    const [name, message, cause] = parts;
    const error = new (builtInErrors.get(name) ?? Error)(message, cause === undefined ? undefined : { cause });
    if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
    return error;
  },
});

const negativeZero = new WireNegativeZero();
const packr = new Packr({ useRecords: false, moreTypes: true, variableMapSize: true, structuredClone: false });
const maxDepth = 200;
/** The length to which the path of a value that is nested too deep is cut: its beginning shows the circle. */
const shownPath = 48;

/** The bytes of a value. Throws `NotSerializable` with the path of the first part that cannot travel. */
export function encode(value: unknown, what = "value"): Bytes {
  const plain = travelable(value, what, 0);
  return packr.pack(plain);
}

/** The value of bytes made by `encode`. Throws an `Error` on bytes that are not a whole value; never returns part of one. */
export function decode(bytes: Bytes): unknown {
  return packr.unpack(bytes);
}

/** The bytes of values that are known to be plain (numbers, text, bytes, lists and records of them): `encode` without the search for what cannot travel. */
export function encodePlain(value: unknown): Bytes {
  return packr.pack(value);
}

/** A copy that owns its memory, exactly as long as its bytes: what may be posted or transferred to another thread. */
export function ownedCopy(bytes: Bytes): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return copy;
}

/** The error `encode` would throw for the value, or `undefined` when it can travel. */
export function findUntravelable(value: unknown): NotSerializable | undefined {
  try {
    travelable(value, "value", 0);
    return undefined;
  } catch (error) {
    if (error instanceof NotSerializable) return error;
    throw error;
  }
}

/** The value as `encodePlain` may have it: itself where it is plain, a copy where it holds Maps, Errors or -0. Throws `NotSerializable`. */
export function travelable(value: unknown, path: string, depth: number): unknown {
  switch (typeof value) {
    case "function":
    case "symbol":
      throw refuse(path, `a ${typeof value}`);
    case "object":
      return value === null ? null : travelableObject(value, path, depth);
    case "number":
      return Object.is(value, -0) ? negativeZero : value;
    default:
      return value;
  }
}

function travelableObject(value: object, path: string, depth: number): unknown {
  if (depth > maxDepth) throw refuse(`${path.slice(0, shownPath)}…`, `nested more than ${maxDepth} deep, or a circle`);
  if (Array.isArray(value)) return travelableArray(value, path, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return travelableRecord(value, path, depth);
  if (value instanceof Map) {
    const flat: unknown[] = [];
    for (const [key, entry] of value) {
      flat.push(travelable(key, `${path}.key`, depth + 1), travelable(entry, `${path}.get(${keyText(key)})`, depth + 1));
    }
    return new WireMap(flat);
  }
  if (value instanceof Set) return new Set([...value].map((entry) => travelable(entry, `${path}.entry`, depth + 1)));
  if (value instanceof Date || value instanceof RegExp || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value;
  if (value instanceof Error) {
    return new WireErrorValue([String(value.name), String(value.message), travelable(value.cause, `${path}.cause`, depth + 1)]);
  }
  throw refuse(path, `an instance of ${value.constructor?.name ?? "an unnamed class"}`);
}

function travelableArray(value: readonly unknown[], path: string, depth: number): unknown {
  let copy: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const before = value[i];
    if (typeof before === "number" ? !Object.is(before, -0) : typeof before === "string") continue;
    const after = travelable(before, `${path}[${i}]`, depth + 1);
    if (after !== before) {
      copy ??= [...value];
      copy[i] = after;
    }
  }
  return copy ?? value;
}

function travelableRecord(value: object, path: string, depth: number): unknown {
  let copy: Record<string, unknown> | undefined;
  const record = value as Record<string, unknown>;
  for (const key in record) {
    // A reader could set its prototype by this key: msgpackr renames it, zod leaves it out.
    if (key === "__proto__") throw refuse(`${path}.${key}`, "a key that sets an object's prototype");
    const before = record[key];
    if (typeof before === "number" ? !Object.is(before, -0) : typeof before === "string") continue;
    if (before === undefined || before === null || typeof before === "boolean" || typeof before === "bigint") continue;
    const after = travelable(before, `${path}.${key}`, depth + 1);
    if (after !== before) {
      copy ??= { ...record };
      copy[key] = after;
    }
  }
  return copy ?? value;
}

function keyText(key: unknown): string {
  return typeof key === "object" || typeof key === "function" ? "object" : String(key);
}

function refuse(path: string, what: string): NotSerializable {
  return new NotSerializable(
    `${path} is ${what}, which cannot travel to another thread: send plain data (objects, arrays, Map, Set, Date, bigint, typed arrays)`,
    { path },
  );
}
