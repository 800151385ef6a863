import type { z } from "zod";
import { someSchema } from "./state-schema.js";

/**
 * True when a schema puts values of its own into what it parses, which all that it parses then share: objects within a default, a `catch`.
 * Without it one actor could write into what another one was given.
 */
export function sharesDefaults(schema: z.ZodType | undefined): boolean {
  return schema !== undefined && someSchema(schema, ({ _zod: { def } }) => def.type === "catch" || isShared(def));
}

function isShared(def: z.core.$ZodTypeDef): boolean {
  if (def.type !== "default" && def.type !== "prefault") return false;
  const { defaultValue } = def as z.core.$ZodDefaultDef;
  if (typeof defaultValue !== "object" || defaultValue === null) return false;
  // zod makes a new list or record of a default each time, and only that.
  const isNew = Array.isArray(defaultValue) || Object.getPrototypeOf(defaultValue) === Object.prototype;
  return !isNew || Object.values(defaultValue).some((part) => typeof part === "object" && part !== null);
}
