/*
 * Any value that travels, as JSON and back: what JSON carries stays readable, and the rest is kept in the hub's own encoding.
 * Without it a Date in an export would come back as a text, and a Map as nothing.
 */
import { decode, encode } from "@process-hub/protocol";

/** The one key of what stands for a value that JSON does not carry: its bytes in base64. */
const encodedKey = "$encoded";

/** A value that travels, as JSON carries it; `what` is its path. Throws `NotSerializable` for one that cannot travel. */
export function toJson(value: unknown, what: string): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0)) return value;
  if (Array.isArray(value) && isList(value)) return value.map((item, i) => toJson(item, `${what}[${i}]`));
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype && !Object.hasOwn(value, encodedKey))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner, `${what}.${key}`)]));
  return { [encodedKey]: Buffer.from(encode(value, what)).toString("base64") };
}

/** The value that `toJson` had. Throws for what is none of its making. */
export function fromJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json !== "object" || json === null) return json;
  const encoded: unknown = Object.hasOwn(json, encodedKey) ? (json as Record<string, unknown>)[encodedKey] : undefined;
  if (encoded === undefined) return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, fromJson(value)]));
  if (typeof encoded !== "string" || Object.keys(json).length > 1)
    throw new TypeError(`${encodedKey} takes base64, and stands alone`);
  return decode(Buffer.from(encoded, "base64"));
}

/** True for a list without holes and without names beside its indices. */
function isList(list: readonly unknown[]): boolean {
  return Object.keys(list).length === list.length;
}
