/**
 * Errors as they travel, and how one is made again on the other side, class, code, fields and cause kept.
 * Without it a caller on another thread would get a plain `Error`: `postMessage` keeps neither class nor code.
 */
import { z } from "zod";
import { findUntravelable } from "./codec.js";
import {
  builtInErrors,
  type ErrorCode,
  type ErrorFields,
  errorClasses,
  errorCodes,
  HubError,
  setStack,
  withoutStack,
} from "./errors.js";

/** An error as it travels: class name, text, code, own plain fields, and its cause in the same form. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly fields?: Record<string, unknown> | undefined;
  readonly stack?: string | undefined;
  readonly cause?: WireError | undefined;
}

/** Why no handler will see a message, for its sender: one of the hub's errors, as it travels. */
export interface Refusal extends WireError {
  readonly code: ErrorCode;
}

/** The schema of an error on the wire. */
export const WireError: z.ZodType<WireError> = z.lazy(() =>
  z.strictObject({
    name: z.string(),
    message: z.string(),
    code: z.string().optional(),
    fields: z.record(z.string(), z.unknown()).optional(),
    stack: z.string().optional(),
    cause: WireError.optional(),
  }),
);

const causeDepth = 4;

/**
 * A refusal. No error is made for it: under a flood there are more of them than of answers, and a stack would show the inside of the place
 * that is full. `fields`: plain data, as it is; `cause`: what was thrown, if anything was.
 */
export function refusal(code: ErrorCode, message: string, fields: ErrorFields, cause?: unknown): Refusal {
  return { name: code, message, code, fields, ...(cause === undefined ? {} : { cause: toWireError(cause) }) };
}

/** The wire form of anything that was thrown; never throws itself. A field that cannot travel is left out; causes are followed four deep. */
export function toWireError(thrown: unknown, depth = causeDepth): WireError {
  try {
    return wireForm(thrown, depth);
  } catch {
    return { name: "Error", message: "a handler threw something that throws when it is read" };
  }
}

function wireForm(thrown: unknown, depth: number): WireError {
  if (!(thrown instanceof Error)) return { name: "Error", message: `a handler threw ${describe(thrown)}, which is not an Error` };
  const code: unknown = "code" in thrown ? thrown.code : undefined;
  const fields = thrown instanceof HubError ? travelling(thrown.fields) : travelling(ownFields(thrown));
  return {
    name: String(thrown.name),
    message: String(thrown.message),
    ...(code === undefined ? {} : { code: String(code) }),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    ...(typeof thrown.stack === "string" ? { stack: thrown.stack } : {}),
    ...(thrown.cause === undefined || depth === 0 ? {} : { cause: toWireError(thrown.cause, depth - 1) }),
  };
}

/**
 * The error itself again: a `HubError` by its code, a built-in by its name, else an `Error` that bears the name.
 * An error of user code that had no `code` carries `fallbackCode`, so that callers can always switch on `code`; its class is no hub's all the
 * same. Its stack is the one that travelled, if one did.
 */
export function fromWireError(wire: WireError, fallbackCode?: ErrorCode): Error {
  const cause = wire.cause === undefined ? undefined : fromWireError(wire.cause);
  const { code } = wire;
  const isOurs = isErrorCode(code) && wire.name === code;
  const error = withoutStack(() => (isOurs ? new errorClasses[code](wire.message, wire.fields, cause) : foreign(wire, cause)));
  if (wire.stack !== undefined) setStack(error, wire.stack);
  if (fallbackCode !== undefined && !("code" in error)) Object.assign(error, { code: fallbackCode });
  return error;
}

function foreign(wire: WireError, cause: Error | undefined): Error {
  const error = new (builtInErrors.get(wire.name) ?? Error)(wire.message);
  if (error.name !== wire.name) Object.defineProperty(error, "name", { value: wire.name, configurable: true, writable: true });
  for (const [key, value] of Object.entries(wire.fields ?? {})) {
    if (key !== "__proto__") Object.defineProperty(error, key, { value, configurable: true, enumerable: true, writable: true });
  }
  if (wire.code !== undefined) Object.assign(error, { code: wire.code });
  if (cause !== undefined) error.cause = cause;
  return error;
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return errorCodes.some((known) => known === code);
}

function ownFields(error: Error): Record<string, unknown> {
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(error)) if (key !== "code" && key !== "name") own[key] = value;
  return own;
}

function travelling(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => findUntravelable(value) === undefined));
}

function describe(thrown: unknown): string {
  return typeof thrown === "string" ? JSON.stringify(thrown) : String(thrown);
}
