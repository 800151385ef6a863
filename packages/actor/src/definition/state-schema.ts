/**
 * What a schema of states says of one that has been through it already: on arrival, after a merge.
 * Without it such a state would be parsed as a first one is: a transform would be done twice, and a state that has outgrown a limit, or has
 * keys beside those of its schema, could not move.
 */
import type { z } from "zod";
import { isZod, type Parser, parse, type SchemaIssue } from "./schema.js";

/** What may be wrong with a state that has grown by its handlers: its size and form, not its type. */
const ofGrowth: ReadonlySet<string> = new Set([
  "too_big",
  "too_small",
  "invalid_format",
  "not_multiple_of",
  "custom",
  "unrecognized_keys",
]);

/**
 * The first thing that makes a value no state of the schema, or undefined. A schema that transforms says nothing of what it has made, nor
 * does one of another library than zod: nobody sees whether it transforms.
 */
export function misfit(schema: Parser, state: unknown): SchemaIssue | undefined {
  const saysNothing =
    !isZod(schema) || someSchema(schema, ({ _zod: { def } }) => def.type === "transform" || def.type === "pipe");
  // What it makes is never nothing where it takes none.
  if (saysNothing && state !== undefined) return undefined;
  const parsed = parse(schema, state);
  return parsed.success ? undefined : parsed.error.issues.find((issue) => !isOfGrowth(issue as z.core.$ZodIssue));
}

function isOfGrowth(issue: z.core.$ZodIssue): boolean {
  if (issue.code === "invalid_union") return issue.errors.some((branch) => branch.every(isOfGrowth));
  if (issue.code === "invalid_element" || issue.code === "invalid_key") return issue.issues.every(isOfGrowth);
  return ofGrowth.has(issue.code);
}

/** True when the schema, or one that it is made of, is such a one. */
export function someSchema(schema: z.core.$ZodType, isSuch: (schema: z.core.$ZodType) => boolean): boolean {
  const seen = new Set<unknown>();
  const search = (value: unknown): boolean => {
    if (typeof value !== "object" || value === null || seen.has(value)) return false;
    seen.add(value);
    if (isZod(value)) return isSuch(value) || search(value._zod.def);
    // The parts of a schema lie in records and lists of its definition, or behind the getter of a lazy one.
    if (value instanceof Map || value instanceof Set || value instanceof Date || value instanceof RegExp) return false;
    const parts = value as Record<string, unknown>;
    if (typeof parts.getter === "function" && search((parts.getter as () => unknown)())) return true;
    return Object.keys(parts).some((key) => key !== "defaultValue" && search(parts[key]));
  };
  return search(schema);
}
