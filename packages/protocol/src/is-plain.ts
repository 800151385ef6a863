/**
 * Says of a value whether msgpack has it as it is, so that most values are written without a copy.
 * Without it each message would be marked as only those with Maps, Dates, Errors and the like must be.
 */
import { inspect } from "node:util";

/** The deepest nesting that travels: circles end here. */
export const maxDepth = 200;

/** What may be seen of a list without its items: names beside the indices show. */
const outside = { maxArrayLength: 0, depth: 0, customInspect: false };

/**
 * True for what msgpack writes and reads back unchanged: numbers but -0, well-formed text, and lists and records of these. Bytes count as
 * plain where `withBytes`: then what is read shares the memory it is read from.
 */
export function isPlain(value: unknown, withBytes: boolean, depth = 0): boolean {
  switch (typeof value) {
    case "string":
      return value.isWellFormed();
    case "number":
      return value !== 0 || !Object.is(value, -0);
    case "undefined":
    case "boolean":
    case "bigint":
      return true;
    case "object":
      return value === null || isPlainObject(value, withBytes, depth);
    default:
      return false;
  }
}

function isPlainObject(value: object, withBytes: boolean, depth: number): boolean {
  if (depth > maxDepth) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) {
    const record = value as Record<string, unknown>;
    for (const key in record) {
      if (key === "__proto__" || !key.isWellFormed() || !isPlain(record[key], withBytes, depth + 1)) return false;
    }
    return true;
  }
  if (prototype === Array.prototype && Array.isArray(value)) return isPlainList(value, withBytes, depth);
  return withBytes && value instanceof Uint8Array;
}

function isPlainList(list: readonly unknown[], withBytes: boolean, depth: number): boolean {
  const { length } = list;
  if (length > 0 && hasNames(list)) return false;
  for (let i = 0; i < length; i++) {
    const item = list[i];
    if (item === undefined ? !(i in list) : !isPlain(item, withBytes, depth + 1)) return false;
  }
  return true;
}

/** True when a list has names beside its indices, as a match of a pattern has; it may be true of another. The keys of a long list are slow to list. */
function hasNames(list: readonly unknown[]): boolean {
  const { length } = list;
  return length > 64 ? inspect(list, outside) !== `[ ... ${length} more items ]` : Object.keys(list).length > length;
}
