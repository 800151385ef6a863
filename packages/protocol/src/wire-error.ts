/**
 * Errors as they travel, and how one is made again on the other side: class, code, fields, cause and what it gathers are kept.
 * Without it a caller on another thread would get a plain `Error`: `postMessage` keeps neither class nor code.
 */
import { inspect } from "node:util";
import { z } from "zod";
import { findUntravelable } from "./codec.js";
import { type ErrorClasses, type ErrorParts, errorOf, isError, partsOf } from "./error-parts.js";
import type { ErrorCode, ErrorFields } from "./errors.js";

/** What was thrown, or is the cause of something: an error, or any value. */
export type WireThrown = { readonly error: WireError } | { readonly value: unknown };

/** An error as it travels: the parts of an error, its cause and the errors it gathers in the same form. */
export interface WireError extends Omit<ErrorParts, "cause" | "errors"> {
  readonly cause?: WireThrown | undefined;
  readonly errors?: readonly WireThrown[] | undefined;
}

/** Why no handler will see a message, for its sender: one of the hub's errors, as it travels. */
export interface Refusal extends WireError {
  readonly code: ErrorCode;
}

const WireThrown: z.ZodType<WireThrown> = z.lazy(() =>
  z.union([z.strictObject({ error: WireError }), z.strictObject({ value: z.unknown() })]),
);

/** The schema of an error on the wire. */
export const WireError: z.ZodType<WireError> = z.lazy(() =>
  z.strictObject({
    name: z.string(),
    message: z.string(),
    classes: z.array(z.string()).optional(),
    code: z.union([z.string(), z.number()]).optional(),
    fields: z.record(z.string(), z.unknown()).optional(),
    own: z.record(z.string(), z.unknown()).optional(),
    stack: z.string().optional(),
    cause: WireThrown.optional(),
    errors: z.array(WireThrown).optional(),
  }),
);

/** How deep causes and gathered errors are followed. */
const maxDepth = 50;

/**
 * A refusal. No error is made for it: under a flood there are more of them than of answers, and a stack would show the inside of the place
 * that is full. `fields`: plain data, as it is; `cause`: what was thrown, if anything was.
 */
export function refusal(code: ErrorCode, message: string, fields: ErrorFields, cause?: unknown): Refusal {
  return { name: code, message, code, fields, ...(cause === undefined ? {} : { cause: { error: toWireError(cause) } }) };
}

/**
 * The wire form of anything that was thrown; never throws itself. What cannot travel is left out, and named in the error's own field
 * `notSent` (in `fields`, of a `HubError`): each part with the reason. What is no error is the cause of one, which has its fields.
 */
export function toWireError(thrown: unknown): WireError {
  return wireForm(thrown, []);
}

function wireForm(thrown: unknown, above: readonly unknown[]): WireError {
  try {
    return isError(thrown) ? errorForm(thrown, above) : valueForm(thrown);
  } catch {
    return { name: "Error", message: "something was thrown that throws when it is read" };
  }
}

function errorForm(error: Error, above: readonly unknown[]): WireError {
  const notSent: Record<string, string> = {};
  const parts = partsOf(error, (part) => {
    notSent[part] = "throws when it is read";
  });
  const within = [...above, error];
  const under = (part: string, value: unknown): WireThrown | undefined => {
    if (!isError(value)) {
      const problem = problemOf(value);
      if (problem === undefined) return { value };
      notSent[part] = problem;
      return undefined;
    }
    if (!within.includes(value) && within.length < maxDepth) return { error: wireForm(value, within) };
    notSent[part] = within.includes(value) ? "an error that it belongs to itself" : `nested more than ${maxDepth} deep`;
    return undefined;
  };
  const cause = parts.cause && under("cause", parts.cause.value);
  const errors = parts.errors?.flatMap((one, i) => under(`errors[${i}]`, one) ?? []);
  const fields = travelling(parts.fields, notSent);
  const own = travelling(parts.own, notSent);
  const said = Object.keys(notSent).length === 0 ? fields : { ...fields, notSent };
  const { name, message, classes, code, stack } = parts;
  return {
    name,
    message,
    ...(classes === undefined ? {} : { classes }),
    ...(code === undefined ? {} : { code }),
    ...(said === undefined ? {} : { fields: said }),
    ...(own === undefined ? {} : { own }),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined ? {} : { cause }),
    ...(errors === undefined ? {} : { errors }),
  };
}

/** What is thrown and is no error becomes the cause of one, and gives it its fields, code included. */
function valueForm(thrown: unknown): WireError {
  const notSent: Record<string, string> = {};
  const problem = problemOf(thrown);
  if (problem !== undefined) notSent.cause = problem;
  const record = typeof thrown === "object" && thrown !== null && !Array.isArray(thrown) ? Object.entries(thrown) : [];
  const { code, ...fields } = travelling(Object.fromEntries(record), notSent) ?? {};
  const isCode = typeof code === "string" || (typeof code === "number" && Number.isFinite(code));
  for (const part of ["name", "message", "stack", "cause", "errors"]) delete fields[part];
  const said = {
    ...fields,
    ...(isCode || code === undefined ? {} : { code }),
    ...(problem === undefined ? {} : { notSent }),
  };
  return {
    name: "Error",
    message: `${describe(thrown)} was thrown, which is not an Error`,
    ...(isCode ? { code } : {}),
    ...(Object.keys(said).length === 0 ? {} : { fields: said }),
    ...(problem === undefined ? { cause: { value: thrown } } : {}),
  };
}

/**
 * The error itself again: of a class of `listed` by its name, a `HubError` by its code, one of the language by its class, else an `Error`
 * that bears the name.
 * An error of user code that had no `code` carries `fallbackCode`, so that callers can always switch on `code`; its class is no hub's all the
 * same. Its stack is the one that travelled, if one did.
 */
export function fromWireError(wire: WireError, fallbackCode?: ErrorCode, listed?: ErrorClasses): Error {
  const again = (thrown: WireThrown): unknown =>
    "error" in thrown ? fromWireError(thrown.error, undefined, listed) : thrown.value;
  const { cause, errors, ...parts } = wire;
  const whole: ErrorParts = {
    ...parts,
    ...(cause === undefined ? {} : { cause: { value: again(cause) } }),
    ...(errors === undefined ? {} : { errors: errors.map(again) }),
  };
  const error = errorOf(whole, listed);
  if (fallbackCode !== undefined && !("code" in error)) Object.assign(error, { code: fallbackCode });
  return error;
}

function travelling(fields: ErrorFields | undefined, notSent: Record<string, string>): Record<string, unknown> | undefined {
  if (fields === undefined) return undefined;
  const sent: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    const problem = key === "__proto__" ? "a key that sets an object's prototype" : problemOf(value);
    if (problem === undefined) sent[key] = value;
    else if (key !== "__proto__") notSent[key] = problem;
  }
  return sent;
}

/** Why a value cannot travel, or undefined. */
function problemOf(value: unknown): string | undefined {
  try {
    return findUntravelable(value, "it")?.message.replace(/, which cannot travel.*$/s, "");
  } catch {
    return "throws when it is read";
  }
}

function describe(thrown: unknown): string {
  if (typeof thrown === "string") return JSON.stringify(thrown);
  return inspect(thrown, { depth: 1, breakLength: Number.POSITIVE_INFINITY }).slice(0, 200);
}
