/**
 * A value as lists and records alone, each list beginning with what it stands for: Maps, Dates, Errors, odd text and the like are lists too.
 * Without it what msgpack has no form for would need extensions, which all users of that library in a process share.
 */
import { types } from "node:util";
import { type ErrorParts, errorOf, isError, partsOf } from "./error-parts.js";
import { HubError, NotSerializable } from "./errors.js";
import { maxDepth } from "./is-plain.js";
import { isRecord, isRoot } from "./is-record.js";

/** What a list on the wire stands for: its first item. */
const Kind = {
  list: 0,
  map: 1,
  set: 2,
  date: 3,
  pattern: 4,
  bytes: 5,
  view: 6,
  buffer: 7,
  negativeZero: 8,
  text: 9,
  error: 10,
  /** A list with holes, or with names beside its indices. */
  oddList: 11,
  /** A record with keys that are no well-formed text. */
  oddRecord: 12,
} as const;

/** The length to which the path of a value that is nested too deep is cut: its beginning shows the circle. */
const shownPath = 48;

/** The views of bytes that this version of Node has, by name. */
const views = new Map(
  "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array DataView"
    .split(" ")
    .flatMap((name) => {
      const View = (
        globalThis as unknown as Readonly<Record<string, (new (buffer: ArrayBuffer) => ArrayBufferView) | undefined>>
      )[name];
      return View === undefined ? [] : [[name, View] as const];
    }),
);

/** The marked form of a value. Throws `NotSerializable` with the path of the first part that cannot travel. */
export function mark(value: unknown, path: string, depth = 0): unknown {
  switch (typeof value) {
    case "function":
    case "symbol":
      throw refuse(path, `a ${typeof value}`);
    case "string":
      return value.isWellFormed() ? value : [Kind.text, Buffer.from(value, "utf16le")];
    case "number":
      return Object.is(value, -0) ? [Kind.negativeZero] : value;
    case "object":
      return value === null ? null : markObject(value, path, depth);
    default:
      return value;
  }
}

function markObject(value: object, path: string, depth: number): unknown {
  if (depth > maxDepth) throw refuse(`${path.slice(0, shownPath)}…`, `nested more than ${maxDepth} deep, or a circle`);
  const next = depth + 1;
  if (Array.isArray(value) && isOfBase(value)) return markList(value, path, next);
  if (isRecord(value)) return markRecord(value, path, next);
  if (isError(value)) return markError(value, path, next);
  if (ArrayBuffer.isView(value)) return markView(value, path);
  if (types.isArrayBuffer(value)) return [Kind.buffer, Buffer.from(value)];
  if (types.isSharedArrayBuffer(value)) throw refuse(path, "shared memory");
  if (isOfBase(value)) {
    if (types.isMap(value)) {
      const flat: unknown[] = [Kind.map];
      for (const [key, entry] of value) {
        flat.push(mark(key, `${path}.key`, next), mark(entry, `${path}.get(${keyText(key)})`, next));
      }
      return flat;
    }
    if (types.isSet(value)) return [Kind.set, ...Array.from(value, (entry) => mark(entry, `${path}.entry`, next))];
    if (types.isDate(value)) return [Kind.date, mark(value.getTime(), path, next)];
    if (types.isRegExp(value)) return [Kind.pattern, mark(value.source, path, next), value.flags];
  }
  throw refuse(path, `an instance of ${value.constructor?.name || "an unnamed class"}`);
}

function markList(list: readonly unknown[], path: string, depth: number): unknown[] {
  const keys = Object.keys(list);
  const { length } = list;
  // Of so many keys the last one is the last index only when each index is there, and no name is.
  if (keys.length === length && (length === 0 || keys[length - 1] === String(length - 1))) {
    const marked: unknown[] = [Kind.list];
    for (let i = 0; i < length; i++) marked.push(mark(list[i], `${path}[${i}]`, depth));
    return marked;
  }
  const named = list as unknown as Readonly<Record<string, unknown>>;
  const pairs = keys.flatMap((key) => {
    if (key === "__proto__") throw refuse(`${path}.${key}`, "a key that sets an object's prototype");
    return [mark(key, path, depth), mark(named[key], /^\d/.test(key) ? `${path}[${key}]` : `${path}.${key}`, depth)];
  });
  return [Kind.oddList, length, ...pairs];
}

function markRecord(record: Readonly<Record<string, unknown>>, path: string, depth: number): unknown {
  const marked: Record<string, unknown> = {};
  let odd = false;
  for (const key of Object.keys(record)) {
    // A reader could set its prototype by this key: msgpackr renames it, zod leaves it out.
    if (key === "__proto__") throw refuse(`${path}.${key}`, "a key that sets an object's prototype");
    odd ||= !key.isWellFormed();
    marked[key] = mark(record[key], `${path}.${key}`, depth);
  }
  if (!odd) return marked;
  return [Kind.oddRecord, ...Object.entries(marked).flatMap(([key, value]) => [mark(key, path, depth), value])];
}

function markError(error: Error, path: string, depth: number): unknown {
  const { name, message, classes, code, fields, own, stack, cause, errors } = partsOf(error);
  const at = (part: string, value: unknown): unknown => (value === undefined ? undefined : mark(value, `${path}${part}`, depth));
  return [
    Kind.error,
    at(".name", name),
    at(".message", message),
    at(".name", classes),
    at(".code", code),
    at(error instanceof HubError ? ".fields" : "", fields),
    at("", own),
    at(".stack", stack),
    cause === undefined ? [Kind.list] : [Kind.list, mark(cause.value, `${path}.cause`, depth)],
    at(".errors", errors),
  ];
}

function markView(view: ArrayBufferView, path: string): unknown {
  if (types.isSharedArrayBuffer(view.buffer)) throw refuse(path, "a view of shared memory");
  const bytes = Buffer.from(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
  if (types.isUint8Array(view)) return [Kind.bytes, bytes];
  // The brand, and not the constructor: of any realm.
  const name = types.isDataView(view) ? "DataView" : (view as unknown as { [Symbol.toStringTag]: string })[Symbol.toStringTag];
  if (!views.has(name)) throw refuse(path, `an instance of ${name}`);
  return [Kind.view, name, bytes];
}

/** The value that was marked. Throws an `Error` on what is no marked form. What it returns shares no memory with what it was given. */
export function unmark(marked: unknown): unknown {
  if (typeof marked !== "object" || marked === null) return marked;
  if (Array.isArray(marked)) return unmarkList(marked);
  if (marked instanceof Uint8Array) throw new Error("bytes on the wire say what they are");
  const record = marked as Record<string, unknown>;
  for (const key of Object.keys(record)) record[key] = unmark(record[key]);
  return record;
}

function unmarkList(marked: readonly unknown[]): unknown {
  switch (marked[0]) {
    case Kind.list:
      return marked.slice(1).map(unmark);
    case Kind.map:
      return new Map(pairsOf(marked, 1));
    case Kind.set:
      return new Set(marked.slice(1).map(unmark));
    case Kind.date:
      return new Date(Number(unmark(marked[1])));
    case Kind.pattern:
      return new RegExp(textOf(unmark(marked[1])), textOf(marked[2]));
    case Kind.bytes:
      return copyOf(marked[1]);
    case Kind.buffer:
      return copyOf(marked[1]).buffer;
    case Kind.view: {
      const View = views.get(textOf(marked[1]));
      if (View === undefined) throw new Error("an unknown view of bytes on the wire");
      return new View(copyOf(marked[2]).buffer);
    }
    case Kind.negativeZero:
      return -0;
    case Kind.text:
      return Buffer.from(copyOf(marked[1])).toString("utf16le");
    case Kind.error:
      return unmarkError(marked);
    case Kind.oddList: {
      const list: unknown[] = [];
      if (typeof marked[1] === "number") list.length = marked[1];
      for (const [key, value] of pairsOf(marked, 2)) set(list, key, value);
      return list;
    }
    case Kind.oddRecord: {
      const record = {};
      for (const [key, value] of pairsOf(marked, 1)) set(record, key, value);
      return record;
    }
    default:
      throw new Error("a list of an unknown kind on the wire");
  }
}

function unmarkError(marked: readonly unknown[]): Error {
  const [name, message, classes, code, fields, own, stack, cause, errors] = marked.slice(1).map(unmark);
  const has = Array.isArray(cause) && cause.length > 0;
  const parts: ErrorParts = {
    name: textOf(name),
    message: textOf(message),
    classes: Array.isArray(classes) ? classes.map(String) : undefined,
    code: typeof code === "string" || typeof code === "number" ? code : undefined,
    fields: typeof fields === "object" && fields !== null ? { ...fields } : undefined,
    own: typeof own === "object" && own !== null ? { ...own } : undefined,
    stack: typeof stack === "string" ? stack : undefined,
    cause: has ? { value: cause[0] } : undefined,
    errors: Array.isArray(errors) ? errors : undefined,
  };
  return errorOf(parts);
}

function* pairsOf(marked: readonly unknown[], from: number): Generator<[unknown, unknown]> {
  if ((marked.length - from) % 2 !== 0) throw new Error("a Map on the wire is a list of keys and values");
  for (let i = from; i < marked.length; i += 2) yield [unmark(marked[i]), unmark(marked[i + 1])];
}

function set(target: object, key: unknown, value: unknown): void {
  if (key === "__proto__") throw new Error("a key on the wire sets no prototype");
  Object.defineProperty(target, textOf(key), { value, configurable: true, enumerable: true, writable: true });
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new Error("text is missing on the wire");
  return value;
}

function copyOf(value: unknown): Uint8Array<ArrayBuffer> {
  if (!(value instanceof Uint8Array)) throw new Error("bytes are missing on the wire");
  return new Uint8Array(value);
}

/** True for an instance of a class that stands right above the root of its realm: of Map, and not of what extends it. */
function isOfBase(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && isRoot(Object.getPrototypeOf(prototype));
}

function keyText(key: unknown): string {
  return typeof key === "object" || typeof key === "function" ? "object" : String(key);
}

function refuse(path: string, what: string): NotSerializable {
  return new NotSerializable(
    `${path} is ${what}, which cannot travel to another thread: send plain data (objects, arrays, Map, Set, Date, Error, bigint, typed arrays)`,
    { path },
  );
}
