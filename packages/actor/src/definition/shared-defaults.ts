import { copyOf, findUntravelable } from "@process-hub/protocol";
import type { z } from "zod";
import { isZod, type Schema } from "./schema.js";
import { someSchema } from "./state-schema.js";

/**
 * True when a schema puts values of its own into what it parses, which all that it parses then share: objects within a default, a `catch`. One
 * of another library than zod may do so: nobody sees it.
 * Without it one actor could write into what another one was given.
 */
export function sharesDefaults(schema: Schema | undefined): boolean {
  if (schema === undefined) return false;
  return !isZod(schema) || someSchema(schema, ({ _zod: { def } }) => def.type === "catch" || isShared(def));
}

function isShared(def: z.core.$ZodTypeDef): boolean {
  if (def.type !== "default" && def.type !== "prefault") return false;
  const { defaultValue } = def as z.core.$ZodDefaultDef;
  if (typeof defaultValue !== "object" || defaultValue === null) return false;
  // zod makes a new list or record of a default each time, and only that.
  const isNew = Array.isArray(defaultValue) || Object.getPrototypeOf(defaultValue) === Object.prototype;
  return !isNew || Object.values(defaultValue).some((part) => typeof part === "object" && part !== null);
}

/** A copy of what such a schema has made. What it made of its own default may be of a class, and is nobody's copy then. */
export function ownCopy(parsed: unknown): unknown {
  return findUntravelable(parsed) === undefined ? copyOf(parsed) : parsed;
}
