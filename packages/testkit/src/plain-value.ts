/*
 * Renders any value as plain JSON that tells different values apart.
 * Without it a Map or a NaN in a message would look like another value, and checkers would confuse two messages.
 */
/** A JSON value. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/**
 * Renders a value as plain JSON that says all of it, so that two values look the same only when they are. A value without a form in JSON
 * becomes an object with one key that begins with `$`: `{ $map: [[key, value]] }`, `{ $set: [...] }`, `{ $date: iso }`, `{ $bigint: digits
 * }`, `{ $number: "NaN" | "Infinity" | "-Infinity" | "-0" }`, `{ $undefined: true }`, `{ $regexp: text }`, `{ $error: [name, message] }`,
 * and bytes in hex under the name of their array, as `{ $Uint8Array: "00ff" }`. Objects with such keys of their own are `{ $object: [[key,
 * value]] }`.
 */
export function plainValue(value: unknown): Plain {
  return rendered(value, []);
}

/** `above`: the objects that the value is in. */
function rendered(value: unknown, above: readonly object[]): Plain {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Object.is(value, -0)) return { $number: "-0" };
      return Number.isFinite(value) ? value : { $number: String(value) };
    case "bigint":
      return { $bigint: String(value) };
    case "undefined":
      return { $undefined: true };
    case "object":
      return value === null ? null : renderedObject(value, above);
    default:
      return { [`$${typeof value}`]: String((value as { readonly name?: string }).name ?? String(value)) };
  }
}

function renderedObject(value: object, above: readonly object[]): Plain {
  if (above.includes(value)) return { $circle: above.length - above.indexOf(value) };
  const inside = [...above, value];
  const each = (part: unknown): Plain => rendered(part, inside);
  if (Array.isArray(value)) return Array.from(value, each);
  if (value instanceof Map) return { $map: Array.from(value, ([key, part]) => [each(key), each(part)]) };
  if (value instanceof Set) return { $set: Array.from(value, each) };
  if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? "invalid" : value.toISOString() };
  if (value instanceof RegExp) return { $regexp: String(value) };
  if (value instanceof Error)
    return { $error: [value.name, value.message, ...(value.cause === undefined ? [] : [each(value.cause)])] };
  if (ArrayBuffer.isView(value)) return bytesOf(value, value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return bytesOf(value, value, 0, value.byteLength);
  const parts = Object.entries(value);
  // JSON would take the one for a tag, and assigning the other would set a prototype.
  if (parts.some(([key]) => key.startsWith("$") || key === "__proto__"))
    return { $object: parts.map(([key, part]) => [key, each(part)]) };
  const record: Record<string, Plain> = {};
  for (const [key, part] of parts) record[key] = each(part);
  return record;
}

/** Told by the tag, since bytes may come back from a message as a Node buffer. */
function bytesOf(value: object, buffer: ArrayBufferLike, offset: number, length: number): Plain {
  const tag = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return { [`$${tag}`]: Buffer.from(buffer, offset, length).toString("hex") };
}
