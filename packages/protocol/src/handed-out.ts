import { copyOf } from "./codec.js";
import { isPlain } from "./is-plain.js";

/**
 * A value of a user for many to read: frozen to its depth where freezing holds; a copy where it does not (Maps, Dates, bytes).
 * Without it who looks up an actor could change what its whole node knows of it.
 */
export function handedOut<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (!isPlain(value, false)) return copyOf(value) as T;
  freeze(value);
  return value;
}

/** What is deeper is frozen first: what is frozen is so to its depth. */
function freeze(value: object): void {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) freeze(part as object);
  Object.freeze(value);
}
