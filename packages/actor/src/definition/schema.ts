/**
 * The schemas that a definition takes: those of zod 4, and of any library that follows Standard Schema 1 (https://standardschema.dev).
 * Without it an actor would be bound to one library, or all that opens a value would have to know each.
 */
import type { z } from "zod";

/** What a library says of its schema. */
interface StandardProps<Input, Output> {
  readonly version: 1;
  readonly vendor: string;
  readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>;
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
}

type Result<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** One thing that a schema found wrong. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A schema: of zod 4 (`zod/mini` too), or of another library that follows Standard Schema 1. It has to answer at once: no asynchronous checks. */
export interface Schema<Input = unknown, Output = unknown> {
  readonly "~standard": StandardProps<Input, Output>;
}

/** What a schema takes. */
export type InputOf<S extends Schema> = S extends { readonly _zod: { readonly input: unknown } }
  ? S["_zod"]["input"]
  : NonNullable<S["~standard"]["types"]>["input"];

/** What a schema makes of it. */
export type OutputOf<S extends Schema> = S extends { readonly _zod: { readonly output: unknown } }
  ? S["_zod"]["output"]
  : NonNullable<S["~standard"]["types"]>["output"];

/** What came of a value. */
type Parsed =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } };

/** A schema as a thread uses it. One of zod is its own: no call lies between it and the value. */
export interface Parser {
  safeParse(value: unknown): Parsed;
}

/** The parser of a schema. */
export function parserOf(schema: Schema): Parser;
/** The parser of a schema; undefined where there is none. */
export function parserOf(schema: Schema | undefined): Parser | undefined;
export function parserOf(schema: Schema | undefined): Parser | undefined {
  if (schema === undefined) return undefined;
  return isZod(schema) && "safeParse" in schema ? (schema as unknown as Parser) : new StandardParser(schema);
}

/** What a schema makes of a value, or what is wrong with it. One that checks asynchronously refuses all. */
export function parse(parser: Parser, value: unknown): Parsed {
  try {
    return parser.safeParse(value);
  } catch (error) {
    const message = asksToWait(error);
    if (message === undefined) throw error;
    return { success: false, error: { issues: [{ message }] } };
  }
}

/** What is wrong with a schema of zod that threw since it would have to wait; undefined when it threw for another reason. */
export function asksToWait(error: unknown): string | undefined {
  return error instanceof Error && error.constructor.name === "$ZodAsyncError" ? asynchronous("zod") : undefined;
}

/** Why a value is no schema that a definition takes; undefined when it is one. */
export function schemaProblem(value: unknown): string | undefined {
  if (isZod(value)) return undefined;
  if (isZod3(value)) return "is a schema of zod 3: takes one of zod 4 (`npm install zod@4`, or import it from `zod/v4`)";
  const standard = standardOf(value);
  if (standard?.version === 1 && typeof standard.validate === "function") return undefined;
  return "takes a schema: of zod 4, or of another library that follows Standard Schema 1";
}

/** True for a schema of zod 4, of whichever copy and variant of it. */
export function isZod(value: unknown): value is z.core.$ZodType {
  return hasParts(value) && "_zod" in value && typeof value._zod === "object" && value._zod !== null && "def" in value._zod;
}

class StandardParser implements Parser {
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  safeParse(value: unknown): Parsed {
    const standard = this.#schema["~standard"];
    const result = standard.validate(value);
    if ("then" in result) {
      result.then(undefined, () => {});
      return { success: false, error: { issues: [{ message: asynchronous(standard.vendor) }] } };
    }
    return result.issues === undefined ? { success: true, data: result.value } : { success: false, error: result };
  }
}

function asynchronous(vendor: string): string {
  return `its schema (of ${vendor}) checks asynchronously; an actor's schema has to answer at once`;
}

function isZod3(value: unknown): boolean {
  if (!hasParts(value) || !("_def" in value)) return false;
  const def = value._def as { readonly typeName?: unknown } | null | undefined;
  return typeof def?.typeName === "string" && def.typeName.startsWith("Zod");
}

function standardOf(value: unknown): Partial<StandardProps<unknown, unknown>> | undefined {
  if (!hasParts(value) || !("~standard" in value)) return undefined;
  return (value["~standard"] as Partial<StandardProps<unknown, unknown>> | null) ?? undefined;
}

/** Some libraries' schemas are functions. */
function hasParts(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
