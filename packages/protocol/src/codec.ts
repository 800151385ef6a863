/**
 * The binary form of everything that travels: msgpackr, plain data in, plain data out. What msgpack has a form for is written as it is; a
 * value with anything else in it (Map, Set, Date, Error, typed arrays, -0, half of a surrogate pair, a list with holes) is marked, and begins
 * with a byte that msgpack never uses. What cannot travel (functions, promises, class instances, circles, `__proto__` as a key) is a
 * `NotSerializable` that names the path.
 * Its build without `eval` is used, as it comes: extensions belong to all users of a copy of the library, and those of the main build to
 * programs that use it as well.
 * Without it a value could arrive as something else than was sent, and no one would be told.
 */
import { Packr, RESERVE_START_SPACE } from "msgpackr/index-no-eval";
import { z } from "zod";
import { NotSerializable } from "./errors.js";
import { isPlain } from "./is-plain.js";
import { mark, unmark } from "./marked-value.js";

/** The schema of bytes, by name: TypeScript before 5.7 cannot read what a compiler of today makes of it in the types of a message. */
export interface BytesSchema extends z.ZodType<Uint8Array> {}

/** Bytes on a port: of any buffer, shared ones included. */
export const Bytes: BytesSchema = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "takes bytes");
export type Bytes = Uint8Array;

const packr = new Packr({ useRecords: false, moreTypes: true, variableMapSize: true, structuredClone: false, useToJSON: false });

/** The first byte of a marked value. */
const markedByte = 0xc1;

/** The bytes of a user's value. Throws `NotSerializable` with the path of the first part that cannot travel. */
export function encode(value: unknown, what = "value"): Bytes {
  return isPlain(value, false) ? packr.pack(value) : encodeMarked(value, what);
}

/** The bytes of a message of the hub, with values of users in it: as `encode`, but bytes are read where they lie, without a copy. */
export function encodeMessage(value: unknown, what = "value"): Bytes {
  return isPlain(value, true) ? packr.pack(value) : encodeMarked(value, what);
}

/** The value of bytes made by `encode`. Throws an `Error` on bytes that are not a whole value; never returns part of one. */
export function decode(bytes: Bytes): unknown {
  return bytes[0] === markedByte ? unmark(packr.unpack(bytes.subarray(1))) : packr.unpack(bytes);
}

/** The bytes of values that are known to be plain (numbers, text, bytes, lists and records of them): `encode` without the search for what is not. */
export function encodePlain(value: unknown): Bytes {
  return packr.pack(value);
}

/** A copy that owns its memory, exactly as long as its bytes: what may be posted or transferred to another thread. */
export function ownedCopy(bytes: Bytes): Bytes & { readonly buffer: ArrayBuffer } {
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return copy;
}

/** The error `encode` would throw for the value, or `undefined` when it can travel. */
export function findUntravelable(value: unknown, what = "value"): NotSerializable | undefined {
  if (isPlain(value, false)) return undefined;
  try {
    mark(value, what);
    return undefined;
  } catch (error) {
    if (error instanceof NotSerializable) return error;
    throw error;
  }
}

/** A copy of a user's value that shares nothing with it. Throws `NotSerializable` with the path of the first part that cannot travel. */
export function copyOf(value: unknown, what = "value"): unknown {
  const isOne = value === null || !["object", "function", "symbol"].includes(typeof value);
  return isOne ? value : decode(encode(value, what));
}

function encodeMarked(value: unknown, what: string): Bytes {
  const bytes: Uint8Array = packr.pack(mark(value, what), RESERVE_START_SPACE + 1);
  bytes[0] = markedByte;
  return bytes;
}
