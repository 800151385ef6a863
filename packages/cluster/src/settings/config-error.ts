/*
 * The one way from an issue of a schema to the error its caller reads: which path is wrong, what was given, what is allowed.
 * Without it each call would word the same mistake in its own way.
 */
import { HubConfigError, shown } from "@process-hub/protocol";
import { z } from "zod";

/**
 * Checks the argument of a call. Throws a `HubConfigError` that names the path (`argument` where all of it is wrong), the given value and
 * what is allowed.
 */
export function parseOptions<S extends z.ZodType>(call: string, schema: S, given: unknown, argument = "options"): z.output<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw configError(`hub.${call}`, parsed.error.issues[0], given, schema, argument);
}

/** The error of a wrong option: its path (`argument` where all of it is wrong), the given value and what is allowed. */
export function configError(
  call: string,
  issue: z.core.$ZodIssue | undefined,
  options: unknown,
  schema: z.ZodType,
  argument = "options",
): HubConfigError {
  const unknownKey = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const keys: readonly PropertyKey[] = [...(issue?.path ?? []), ...(unknownKey === undefined ? [] : [unknownKey])];
  const given = shown(
    keys.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], options),
  );
  const path = keys.map(String).join(".") || argument;
  const allowed =
    unknownKey === undefined
      ? (issue?.message ?? "is wrong")
      : `there is no such option, only ${keysAt(schema, issue?.path ?? []).join(", ")}`;
  return new HubConfigError(`${call}: ${path}: ${allowed}; given: ${given}`, { path, given, allowed });
}

/** The keys that an object of a schema may have at a path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const key of [...path, undefined]) {
    while (at instanceof z.ZodDefault || at instanceof z.ZodPrefault || at instanceof z.ZodOptional) at = at.unwrap();
    if (at instanceof z.ZodRecord && key === undefined && at.keyType instanceof z.ZodEnum) return at.keyType.options.map(String);
    if (!(at instanceof z.ZodObject)) return [];
    if (key === undefined) return Object.keys(at.shape);
    at = at.shape[String(key)];
  }
  return [];
}
