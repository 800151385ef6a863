/**
 * The input or reply of a message on its way: a small plain value as a copy that nobody else has, anything else as bytes. So a message within a
 * thread is never encoded, and one that leaves it is encoded once, with its frame.
 * Without it each message would be written and read twice as bytes, the shortest way included.
 */
import { type Bytes, decode, encode, encodePlain } from "./codec.js";
import { isPlain, maxDepth } from "./is-plain.js";

/** A value that may take more bytes than this travels as bytes: it is encoded once, however far it goes. */
const plainBytes = 4 * 1024;

/** The deepest nesting of a plain copy: what holds it may be nested itself. */
const plainDepth = 16;

/** The longest list of a plain copy. */
const plainItems = 64;

/** Stands for a value that is no small plain one. */
const odd = Symbol("odd");

/** A plain value that its holder alone has: whoever opens it may keep and change it, so it is opened once. */
export class PlainValue {
  value: unknown;
  /** It takes no more bytes than this when encoded. */
  mostBytes: number;

  constructor(value: unknown, mostBytes: number = plainBytes) {
    this.value = value;
    this.mostBytes = mostBytes;
  }
}

/** An input or reply on its way. */
export type Payload = Bytes | PlainValue;

/** A user's value on its way, which shares nothing with it. Throws `NotSerializable` with the path of the first part that cannot travel. */
export function closePayload(value: unknown, what = "value"): Payload {
  const plain = new PlainValue(undefined, 0);
  plain.value = copied(value, plain, 0);
  return plain.value === odd ? encode(value, what) : plain;
}

/** The value of a payload, for one who may change it. Throws an `Error` on bytes that are not a whole value. */
export function openPayload(payload: Payload): unknown {
  return payload instanceof PlainValue ? payload.value : decode(payload);
}

/** A payload as bytes, for one who keeps or measures it. */
export function payloadBytes(payload: Payload): Bytes {
  return payload instanceof PlainValue ? encodePlain(payload.value) : payload;
}

/** The bytes of a payload, or a few more. */
export function mostBytesOf(payload: Payload): number {
  return payload instanceof PlainValue ? payload.mostBytes : payload.byteLength;
}

/** The bytes that make a payload larger than `limit`; undefined: it is not. */
export function bytesAbove(payload: Payload, limit: number): number | undefined {
  if (mostBytesOf(payload) <= limit) return undefined;
  const { byteLength } = payloadBytes(payload);
  return byteLength > limit ? byteLength : undefined;
}

/** A payload as a part of its frame. */
export function framedPayload(payload: Payload): unknown {
  return payload instanceof PlainValue ? payload.value : payload;
}

/** A payload of what came in a frame. */
export function payloadFrom(framed: unknown): Payload {
  return framed instanceof Uint8Array ? framed : new PlainValue(framed);
}

/** True for what a frame may hold as a payload: bytes, or a value without any. */
export function isFramedPayload(framed: unknown): boolean {
  // A frame of a move holds it some levels deeper than the one it came in.
  return framed instanceof Uint8Array || isPlain(framed, false, maxDepth - plainDepth);
}

function copied(value: unknown, room: PlainValue, depth: number): unknown {
  switch (typeof value) {
    case "string":
      room.mostBytes += 5 + 3 * value.length;
      return value.isWellFormed() && room.mostBytes <= plainBytes ? value : odd;
    case "number":
      room.mostBytes += 9;
      return value !== 0 || !Object.is(value, -0) ? value : odd;
    case "undefined":
    case "boolean":
      room.mostBytes += 3;
      return value;
    case "object":
      if (value !== null) return copiedObject(value, room, depth + 1);
      room.mostBytes += 1;
      return null;
    default:
      return odd;
  }
}

function copiedObject(value: object, room: PlainValue, depth: number): unknown {
  room.mostBytes += 5;
  if (depth > plainDepth || room.mostBytes > plainBytes) return odd;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return copiedRecord(value as Record<string, unknown>, room, depth);
  return prototype === Array.prototype && Array.isArray(value) ? copiedList(value, room, depth) : odd;
}

function copiedRecord(record: Readonly<Record<string, unknown>>, room: PlainValue, depth: number): unknown {
  const copy: Record<string, unknown> = {};
  for (const key in record) {
    if (key === "__proto__" || !key.isWellFormed()) return odd;
    room.mostBytes += 5 + 3 * key.length;
    const part = copied(record[key], room, depth);
    if (part === odd || room.mostBytes > plainBytes) return odd;
    copy[key] = part;
  }
  return copy;
}

/** One with holes, or with names beside its indices, has not as many keys as items, or not each of these. */
function copiedList(list: readonly unknown[], room: PlainValue, depth: number): unknown {
  const { length } = list;
  if (length > plainItems || Object.keys(list).length !== length) return odd;
  const copy: unknown[] = [];
  for (let i = 0; i < length; i++) {
    const item = list[i];
    const part = item === undefined && !(i in list) ? odd : copied(item, room, depth);
    if (part === odd) return odd;
    copy.push(part);
  }
  return copy;
}
