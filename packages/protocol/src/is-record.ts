/**
 * True for a plain object of any realm: without a prototype, or with one that is the root of its realm.
 * Without it objects of a vm context, as test runners make them, would count as instances of a class.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || isRoot(prototype);
}

/** True for what `Object.prototype` is, in whichever realm. */
export function isRoot(prototype: unknown): boolean {
  return prototype !== null && Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf");
}
