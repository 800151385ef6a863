/*
 * The check of what a user gives to a call of the hub. Without it each call would word the same mistake in its own way.
 */
import { type HubConfigError, optionError, wrongOption } from "@process-hub/protocol";
import type { z } from "zod";

/** The argument of a call, checked. Throws `HubConfigError` that names the path (`argument` where all of it is wrong), what was given and what is allowed. */
export function parseOptions<S extends z.ZodType>(call: string, schema: S, given: unknown, argument = "options"): z.output<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw configError(`hub.${call}`, parsed.error.issues[0], given, schema, argument);
}

/** The error of a wrong option: its path (`argument` where all of it is wrong), what was given there and what is allowed. */
export function configError(
  call: string,
  issue: z.core.$ZodIssue | undefined,
  options: unknown,
  schema: z.ZodType,
  argument = "options",
): HubConfigError {
  return optionError(call, wrongOption(issue, options, schema, argument));
}
