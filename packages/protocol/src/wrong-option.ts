/*
 * Makes the words of an error from the refusal of a schema: which path is wrong, what was given there, what is allowed.
 * Without it each call would find the unknown key, the given value and the known keys by itself.
 */
import { z } from "zod";
import { HubConfigError } from "./errors.js";
import { shown } from "./shown.js";

/** A wrong option: its path, what was given there, and what is allowed. */
export interface WrongOption {
  readonly path: string;
  readonly given: string;
  readonly allowed: string;
}

/**
 * What a schema refuses. `argument`: the path where all of the value is wrong, default `"options"`. What a field is described with
 * (`.describe`) says what is allowed; without that zod's own message does.
 */
export function wrongOption(
  issue: z.core.$ZodIssue | undefined,
  value: unknown,
  schema: z.ZodType,
  argument = "options",
): WrongOption {
  const unknownKey = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const keys: readonly PropertyKey[] = [...(issue?.path ?? []), ...(unknownKey === undefined ? [] : [unknownKey])];
  const given = keys.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
  const at = schemaAt(schema, issue?.path ?? []);
  const allowed =
    unknownKey === undefined
      ? (describedAs(at) ?? issue?.message ?? "is wrong")
      : `there is no such option, only ${keysOf(at).join(", ") || "none"}`;
  return { path: keys.map(String).join(".") || argument, given: shown(given), allowed };
}

/** The error of a wrong option; `call`: what it was given to. */
export function optionError(call: string, { path, given, allowed }: WrongOption): HubConfigError {
  return new HubConfigError(`${call}: ${path}: ${allowed}; given: ${given}`, { path, given, allowed });
}

/** The schema of what stands at a path; undefined where that cannot be said. */
function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let at: unknown = schema;
  for (const key of path) {
    at = inner(at);
    if (!(at instanceof z.ZodObject)) return undefined;
    at = at.shape[String(key)];
  }
  return at instanceof z.ZodType ? at : undefined;
}

function describedAs(at: z.ZodType | undefined): string | undefined {
  const inside = inner(at);
  return at?.description ?? (inside instanceof z.ZodType ? inside.description : undefined);
}

/** The keys that an object of a schema may have. */
function keysOf(schema: unknown): readonly string[] {
  const at = inner(schema);
  if (at instanceof z.ZodRecord && at.keyType instanceof z.ZodEnum) return at.keyType.options.map(String);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** A schema without its defaults. */
function inner(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodDefault || at instanceof z.ZodPrefault || at instanceof z.ZodOptional) at = at.unwrap();
  return at;
}
