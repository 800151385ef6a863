/**
 * Checks a definition where its author writes it: head, messages, lifecycle, handoff.
 * Without it a wrong option would show when the first actor starts, on some thread of some node, and not at its line.
 */
import { type HubConfigError, optionError, shown, Text, wrongOption } from "@process-hub/protocol";
import { z } from "zod";
import { placements } from "./node-actor.js";
import { onErrors } from "./on-error.js";
import { schemaProblem } from "./schema.js";

const Schema = z.custom((value) => schemaProblem(value) === undefined, { error: ({ input }) => schemaProblem(input) ?? "" });
const fn = (takes: string) => z.custom((value) => typeof value === "function", takes);
const step = fn("takes a function").optional();
const stepsText = "takes an object of functions by version, such as { 1: (state) => state2 }";

const Head = z.strictObject({
  name: z.string("takes a text of 1 to 200 characters").min(1).max(200).pipe(Text),
  module: z.string().regex(/^(file|data|node):/, "takes the module's URL: write `module: import.meta.url`"),
  state: Schema,
  args: Schema.optional(),
  init: fn("takes a function that returns the first state"),
  version: z.int("takes a whole number of at least 1").min(1, "takes a whole number of at least 1").optional(),
  upgrade: z.custom(areSteps, stepsText).optional(),
  downgrade: z.custom(areSteps, stepsText).optional(),
  onError: z.enum(onErrors, 'takes "resume", "restart" or "stop"').optional(),
  autoStart: z.custom((value) => typeof value === "function", "takes a function of the id that returns the args").optional(),
  idleAfterMs: z.number("takes a number of milliseconds above 0").positive("takes a number of milliseconds above 0").optional(),
  placement: z.enum(placements, 'takes "hub" or "node"').optional(),
  migration: z.custom(isMigration, "takes a migration strategy, such as coldSwap()").optional(),
  redundancy: z.custom(isRedundancy, "takes a redundancy strategy, such as replication()").optional(),
  errors: z.array(z.custom(isErrorClass, "takes a class that extends Error, and has a name")).optional(),
});
const Message = z.strictObject({
  input: Schema.optional(),
  output: Schema.optional(),
  concurrent: z.enum([true, "mutates"] as never, 'takes true, or "mutates" for a handler that changes the state').optional(),
});
const Stream = z.strictObject({ input: Schema.optional(), item: Schema.optional() });
const keepText = "takes a whole number of 0 to 10,000";
const Kept = z.strictObject({ keep: z.int(keepText).min(0, keepText).max(10_000, keepText).optional() });
const Steps = z.strictObject({
  ...{ started: step, stopping: step, signal: step, moving: step, conflict: step, resumed: step },
});
const Codec = z.strictObject({
  prepare: fn("takes a function of the state that returns what travels"),
  restore: fn("takes a function of what travelled that returns the state"),
});

/** The options that are checked against each other. */
interface HeadOptions {
  readonly version?: number;
  readonly upgrade?: object;
  readonly downgrade?: object;
  readonly autoStart?: unknown;
  readonly idleAfterMs?: unknown;
  readonly placement?: string;
  readonly migration?: { readonly name: string };
  readonly redundancy?: { readonly name: string };
}

interface Grown {
  readonly name: string;
  readonly handlers: ReadonlyMap<string, unknown>;
  readonly events?: ReadonlyMap<string, unknown> | undefined;
}

/** Throws `HubConfigError` for a wrong head of a definition. */
export function checkHead(head: unknown): void {
  check("defineActor", Head, head);
  const { version = 1, upgrade, downgrade, autoStart, idleAfterMs, placement, migration, redundancy } = head as HeadOptions;
  if (idleAfterMs !== undefined && autoStart === undefined)
    throw wrong(
      "defineActor",
      "idleAfterMs",
      idleAfterMs,
      "needs `autoStart` beside it: nothing else would start the actor again",
    );
  if (placement === "node" && autoStart !== undefined)
    throw wrong("defineActor", "autoStart", autoStart, 'takes none beside placement "node": such an actor starts with its node');
  if (placement === "node" && migration !== undefined)
    throw wrong(
      "defineActor",
      "migration",
      `${migration.name}()`,
      'takes none beside placement "node": such an actor never moves',
    );
  if (placement === "node" && redundancy !== undefined)
    throw wrong(
      "defineActor",
      "redundancy",
      `${redundancy.name}()`,
      'takes none beside placement "node": no other node stands by for such an actor',
    );
  checkSteps("upgrade", upgrade, version - 1);
  checkSteps("downgrade", downgrade, version);
}

/** Steps lead from one version to the next, without a gap, and end (or begin) at the definition's own. */
function checkSteps(path: "upgrade" | "downgrade", steps: object | undefined, newest: number): void {
  const versions = Object.keys(steps ?? {}).map(Number);
  const oldest = path === "upgrade" ? 1 : 2;
  for (const at of versions) {
    if (at < oldest || at > newest)
      throw wrong("defineActor", path, at, `takes steps by version, of ${oldest} to ${newest} here`);
    if (at < newest && !versions.includes(at + 1))
      throw wrong("defineActor", path, versions, `takes a step of ${at + 1} as well`);
  }
}

/** Throws `HubConfigError` for a message that an actor cannot have. */
export function checkMessage(grown: Grown, message: unknown, schemas: unknown, handler: unknown): void {
  checkNamed(grown, `actor ${grown.name}, message ${shown(message)}`, Message, message, schemas, handler);
}

/** Throws `HubConfigError` for a stream that an actor cannot have. */
export function checkStream(grown: Grown, message: unknown, schemas: unknown, generator: unknown): void {
  checkNamed(grown, `actor ${grown.name}, stream ${shown(message)}`, Stream, message, schemas, generator);
}

function checkNamed(
  { handlers }: Grown,
  where: string,
  known: z.ZodObject,
  message: unknown,
  schemas: unknown,
  handler: unknown,
): void {
  if (typeof message !== "string" || message === "")
    throw wrong(where, "message", message, "takes a text of at least 1 character");
  const problem = Text.safeParse(message).error?.issues[0]?.message;
  if (problem !== undefined) throw wrong(where, "message", message, problem);
  if (handlers.has(message)) throw wrong(where, "message", message, "is defined twice: takes a name that the actor has not yet");
  check(where, known, schemas);
  if (typeof handler !== "function") throw wrong(where, "handler", handler, "takes a function, as the third argument");
}

/** Throws `HubConfigError` for an event that an actor cannot have. */
export function checkEventKind({ name, events }: Grown, event: unknown, payload: unknown, options: unknown): void {
  const where = `actor ${name}, event ${shown(event)}`;
  if (typeof event !== "string" || event === "") throw wrong(where, "event", event, "takes a text of at least 1 character");
  const problem = Text.safeParse(event).error?.issues[0]?.message;
  if (problem !== undefined) throw wrong(where, "event", event, problem);
  if (events?.has(event) === true)
    throw wrong(where, "event", event, "is defined twice: takes a name that the actor has not yet");
  const unfit = schemaProblem(payload);
  if (unfit !== undefined) throw wrong(where, "payload", payload, unfit);
  check(where, Kept, options);
}

/** Throws `HubConfigError` for a wrong lifecycle. */
export function checkLifecycle({ name }: Grown, lifecycle: unknown): void {
  check(`actor ${name}, lifecycle`, Steps, lifecycle);
}

/** Throws `HubConfigError` for a wrong handoff codec. */
export function checkHandoff({ name }: Grown, codec: unknown): void {
  check(`actor ${name}, handoff`, Codec, codec);
}

function check(where: string, schema: z.ZodObject, value: unknown): void {
  const issue = schema.safeParse(value).error?.issues[0];
  if (issue === undefined) return;
  if (issue.path.length === 0 && issue.code !== "unrecognized_keys")
    throw wrong(where, "options", value, `takes an object of ${Object.keys(schema.shape).join(", ")}`);
  throw optionError(where, wrongOption(issue, value, schema));
}

function wrong(where: string, path: string, value: unknown, allowed: string): HubConfigError {
  return optionError(where, { path, given: shown(value), allowed });
}

function areSteps(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).every(([at, step]) => /^[1-9]\d*$/.test(at) && typeof step === "function");
}

function isMigration(value: unknown): boolean {
  return typeof value === "object" && value !== null && "family" in value && value.family === "migration" && "mode" in value;
}

function isRedundancy(value: unknown): boolean {
  return typeof value === "object" && value !== null && "family" in value && value.family === "redundancy" && "replicas" in value;
}

function isErrorClass(value: unknown): boolean {
  return typeof value === "function" && value.name !== "" && value.prototype instanceof Error;
}
