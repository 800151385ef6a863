import { HubConfigError, shown, wrongOption } from "@process-hub/protocol";
import type { z } from "zod";

/**
 * The settings with their defaults filled in, frozen.
 * Without it each factory would word its errors in its own way, and settings could change after nodes compared them.
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
  throw settingError(owner, schema, given, parsed.error.issues[0]);
}

function settingError(owner: string, schema: z.ZodObject, given: unknown, issue: z.core.$ZodIssue | undefined): HubConfigError {
  // What is wrong inside a field is wrong of the field, which says what it allows.
  const shallow = issue && { ...issue, path: issue.path.slice(0, 1) };
  const wrong = wrongOption(shallow, given, schema, "");
  if (wrong.path !== "") return settingIsWrong(`${owner}.${wrong.path}`, wrong.given, wrong.allowed);
  return settingIsWrong(owner, shown(given), `an object with any of: ${Object.keys(schema.shape).join(", ") || "(no settings)"}`);
}

/** The error of a wrong setting: its path begins with the factory it was given to. */
export function settingIsWrong(path: string, given: string, allowed: string): HubConfigError {
  return new HubConfigError(`${path}: given ${given}, allowed is ${allowed}`, { path, given, allowed });
}
