import { HubConfigError, shown } from "@process-hub/protocol";
import type { z } from "zod";

/**
 * The settings with their defaults filled in, frozen.
 *
 * Describe each field of the schema with what it allows ("a whole number from 1 to 4096"): the error repeats it.
 *
 * @param owner the factory the settings were given to; it begins the path in the error ("consistentHashing.points")
 * @throws HubConfigError with `path`, `given` and `allowed` of the first wrong field
 */
export function parseSettings<Schema extends z.ZodObject>(
  owner: string,
  schema: Schema,
  given: unknown = {},
): Readonly<z.output<Schema>> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return Object.freeze(parsed.data);
  throw configError(owner, schema, given, parsed.error.issues[0]);
}

function configError(owner: string, schema: z.ZodObject, given: unknown, issue: z.core.$ZodIssue | undefined): HubConfigError {
  const known = Object.keys(schema.shape);
  const unknownKey = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const field = unknownKey ?? issue?.path[0]?.toString();
  if (field === undefined) return wrong(owner, given, `an object with any of: ${known.join(", ") || "(no settings)"}`);
  const value = (given as Readonly<Record<string, unknown>>)[field];
  const allowed =
    unknownKey === undefined
      ? ((schema.shape[field] as z.ZodType).description ?? issue?.message ?? "")
      : `only the settings: ${known.join(", ") || "(none)"}`;
  return wrong(`${owner}.${field}`, value, allowed);
}

function wrong(path: string, given: unknown, allowed: string): HubConfigError {
  const text = shown(given);
  return new HubConfigError(`${path}: given ${text}, allowed is ${allowed}`, { path, given: text, allowed });
}
