/*
 * A text for each value, the same for equal values.
 * Without it two states or replies would have to be compared part by part, again and again.
 */
import { type Plain, plainValue } from "../plain-value.js";

/** Equal for equal values alone: whatever the order of keys, of Map entries and of Set members, and with open fields or without them. */
export function valueKey(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0)) return String(value);
  return text(plainValue(value));
}

function text(plain: Plain): string {
  if (typeof plain !== "object" || plain === null) return JSON.stringify(plain);
  if (Array.isArray(plain)) return `[${plain.map(text).join()}]`;
  const tagged = plain as { readonly $map?: Plain; readonly $set?: Plain; readonly $object?: readonly [string, Plain][] };
  const unordered = tagged.$map ?? tagged.$set;
  if (Array.isArray(unordered)) return `{${Object.keys(plain)[0]}:${unordered.map(text).toSorted().join()}}`;
  const fields = tagged.$object ?? Object.entries(plain);
  const said = fields.flatMap(([key, part]) => (isOpen(part) ? [] : [`${JSON.stringify(key)}:${text(part)}`]));
  return `{${tagged.$object === undefined ? "" : "$object:"}${said.toSorted().join()}}`;
}

function isOpen(part: Plain): boolean {
  return typeof part === "object" && part !== null && "$undefined" in part;
}
