/**
 * An error taken apart into what travels, and made again from it: class, name, text, code, own fields, cause, `errors`, stack.
 * Without one list of these parts what a handler throws, and an error inside a value, would each lose something else on the way.
 */
import { types } from "node:util";
import { type ErrorCode, type ErrorFields, errorClasses, errorCodes, HubError, setStack, withoutStack } from "./errors.js";

/** What there is to an error, before or after its way. */
export interface ErrorParts {
  readonly name: string;
  readonly message: string;
  /** The names of its classes, the most derived one first, where they do not follow from name and code. */
  readonly classes?: readonly string[] | undefined;
  readonly code?: string | number | undefined;
  /** Its own fields; those of a `HubError` are its `fields`. */
  readonly fields?: ErrorFields | undefined;
  /** What was added to a `HubError` beside its `fields`. */
  readonly own?: ErrorFields | undefined;
  readonly stack?: string | undefined;
  /** Present where there is one, whatever it is. */
  readonly cause?: { readonly value: unknown } | undefined;
  /** What an `AggregateError`, or one like it, gathers. */
  readonly errors?: readonly unknown[] | undefined;
}

/** An error class of user code. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/** The classes of user code that errors come back as, by their names. */
export type ErrorClasses = ReadonlyMap<string, ErrorClass>;

/** The error classes of the language and of Node, by name. */
const natives: ReadonlyMap<string, (message: string, name: string) => Error> = new Map<
  string,
  (message: string, name: string) => Error
>([
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    (Known) => [Known.name, (message: string): Error => new Known(message)] as const,
  ),
  ["AggregateError", (message) => new AggregateError([], message)],
  ["DOMException", (message, name) => new DOMException(message, name)],
]);

/** The parts that are no fields. */
const ownParts = new Set(["name", "message", "stack", "cause", "code", "errors", "fields"]);

/** True for an error, of another realm (a vm context, a test runner's) too. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

/**
 * The parts of an error. `unread` hears of each that throws when it is read, with what it throws; without it the first one is thrown.
 */
export function partsOf(error: Error, unread?: (part: string, thrown: unknown) => void): ErrorParts {
  const read = <T>(part: string, get: () => T): T | undefined => {
    if (unread === undefined) return get();
    try {
      return get();
    } catch (thrown) {
      unread(part, thrown);
      return undefined;
    }
  };
  const name = text(
    read("name", () => error.name),
    "Error",
  );
  const message = text(
    read("message", () => error.message),
    "",
  );
  const isHub = error instanceof HubError;
  const classes = classNames(error);
  const code = classes.includes("DOMException") ? undefined : read("code", () => (error as { code?: unknown }).code);
  const isCode = typeof code === "string" || (typeof code === "number" && Number.isFinite(code));
  const own: Record<string, unknown> = {};
  for (const key of Object.keys(error)) {
    if (ownParts.has(key) && !(key === "fields" && !isHub)) continue;
    const field = read(key, () => ({ value: (error as unknown as Record<string, unknown>)[key] }));
    if (field !== undefined) own[key] = field.value;
  }
  // ZodError keeps them out of sight.
  if (Object.hasOwn(error, "issues") && !("issues" in own))
    own.issues = read("issues", () => (error as { issues?: unknown }).issues);
  if (code !== undefined && !isCode) own.code = code;
  const gathered = Object.hasOwn(error, "errors") ? read("errors", () => (error as { errors?: unknown }).errors) : undefined;
  const errors = Array.isArray(gathered) ? (gathered as readonly unknown[]) : undefined;
  if (gathered !== undefined && errors === undefined) own.errors = gathered;
  const fields = isHub ? { ...error.fields } : own;
  const stack = read("stack", () => error.stack);
  const cause = Object.hasOwn(error, "cause") ? read("cause", () => ({ value: error.cause })) : undefined;
  return {
    name,
    message,
    ...(isDerived(name, code, classes) ? {} : { classes }),
    ...(isCode ? { code: code as string | number } : {}),
    ...(isEmpty(fields) ? {} : { fields }),
    ...(isHub && !isEmpty(own) ? { own } : {}),
    ...(typeof stack === "string" ? { stack } : {}),
    ...(cause === undefined ? {} : { cause }),
    ...(errors === undefined ? {} : { errors }),
  };
}

/**
 * The error itself again: of the first of its classes that is known here (a listed one, a hub's by its code, or one of the language). No
 * constructor of a listed class runs. Its stack is the one that travelled, or its name and text.
 */
export function errorOf(parts: ErrorParts, listed?: ErrorClasses): Error {
  const { name, message, code, fields, own, stack, cause, errors } = parts;
  const names = parts.classes ?? [name];
  const mine = listed === undefined ? undefined : names.map((known) => listed.get(known)).find((known) => known !== undefined);
  const hubCode = names.find((known): known is ErrorCode => known === code && isErrorCode(known));
  const error = withoutStack(() => {
    if (hubCode !== undefined) return new errorClasses[hubCode](message, fields);
    const native = names.find((known) => natives.has(known));
    return natives.get(native ?? "Error")?.(message, name) ?? new Error(message);
  });
  if (mine !== undefined) Object.setPrototypeOf(error, mine.prototype as object);
  if (cause !== undefined) define(error, "cause", cause.value, false);
  if (errors !== undefined) define(error, "errors", errors, !(error instanceof AggregateError));
  for (const [key, value] of Object.entries((hubCode === undefined ? fields : own) ?? {})) {
    if (key !== "__proto__") define(error, key, value, key !== "issues");
  }
  if (code !== undefined && (error as { code?: unknown }).code !== code) define(error, "code", code, true);
  if (error.name !== name) define(error, "name", name, false);
  setStack(error, stack ?? `${name}: ${message}`);
  return error;
}

/** The classes of an error by name, the most derived first, down to the first one of the hub or of the language. */
function classNames(error: Error): string[] {
  const names: string[] = [];
  for (let at: unknown = error; typeof at === "object" && at !== null && names.length < 16; at = Object.getPrototypeOf(at)) {
    if (!Object.hasOwn(at, "constructor")) continue;
    const { constructor: made } = at as { constructor?: unknown };
    const name = typeof made === "function" ? made.name : "";
    if (name !== "") names.push(name);
    if (natives.has(name) || (isErrorCode(name) && errorClasses[name] === made)) break;
  }
  return names;
}

function isDerived(name: string, code: unknown, names: readonly string[]): boolean {
  const [first] = names;
  if (names.length !== 1) return false;
  return first === name || (first === "Error" && !natives.has(name) && !(name === code && isErrorCode(name)));
}

function isErrorCode(name: unknown): name is ErrorCode {
  return errorCodes.some((known) => known === name);
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, configurable: true, enumerable, writable: true });
}

function isEmpty(fields: ErrorFields): boolean {
  return Object.keys(fields).length === 0;
}

function text(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : value === undefined ? otherwise : String(value);
}
