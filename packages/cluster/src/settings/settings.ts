/*
 * The options of a hub: their schema, their defaults, and the rules between them.
 * Without it a wrong option would be found when it first matters, in the middle of a run.
 */

import type { Child } from "@process-hub/actor";
import { type AnyActor, isActorDefinition } from "@process-hub/actor";
import { HubConfigError, longestSilenceMs, NodeName, optionError, shown, type Transport, urlOf } from "@process-hub/protocol";
import {
  consistentHashing,
  type DistributionStrategy,
  divergence,
  hotSwap,
  type MigrationStrategy,
  type PartitionStrategy,
  pubSub,
  type RedundancyStrategy,
  type SynchronizationStrategy,
  singularity,
} from "@process-hub/strategies";
import { z } from "zod";
import { type HookOptions, hubEventNames } from "../events/hub-events.js";
import { configError } from "./config-error.js";

const ms = z.number().positive();
const whole = z.int().positive();

/** The times of a hub, all in milliseconds. Nodes may differ in them while they are restarted one by one. */
export const Timings = z.strictObject({
  /** How often a node sends a heartbeat. */
  heartbeatIntervalMs: ms.max(longestSilenceMs).default(500),
  /** Silence after which a node is suspected. Not given: no longer than half of `downAfterMs`. */
  suspectAfterMs: ms.max(longestSilenceMs).default(1_000),
  /** Silence after which a node is down: its actors restart elsewhere. */
  downAfterMs: ms.max(longestSilenceMs).default(2_000),
  /** How long a new node listens for the others before it goes on: 10 or more, since a real timer of less could not tell a pause from a machine that slept. */
  discoveryMs: z.number().min(10).default(100),
  /** Joins and leaves within it are answered by one redistribution. */
  batchWindowMs: ms.default(500),
  /** Bounds each step of a handoff. */
  handoffTimeoutMs: ms.default(5_000),
  /** How long an actor may put off a move (`lifecycle.moving`), then it moves unasked; a drain or a close gives it half of its own time at most. */
  maxDeferMs: ms.default(60_000),
  /** Bounds a close: handing over, leaving, stopping. */
  shutdownTimeoutMs: ms.default(15_000),
  /** How long a stop waits for the running handler. */
  stopTimeoutMs: ms.default(5_000),
  /** A lock that its owner forgot is released after this time. */
  lockRecoveryMs: ms.default(30_000),
  /** How long an ask waits when its caller does not say. */
  askTimeoutMs: ms.default(5_000),
  /** How long an actor's `init` with its `started`, or another of its hooks, may take. A move gives its hooks no longer than `handoffTimeoutMs`. */
  initTimeoutMs: ms.default(10_000),
  /** How long a thread may take to load its actors. */
  startTimeoutMs: ms.default(30_000),
  /** An async handler that takes longer is reported by the `stuck` event. */
  stuckAfterMs: ms.default(5_000),
  /** A link has delivered or broken within this time. */
  deliveryMs: ms.default(30_000),
  /** Markers and lookups are sent again after this time. */
  markerRetryMs: ms.default(200),
  /** Unacknowledged datagrams are sent again after this time. */
  linkRetryMs: ms.default(200),
  /** How long a `ctx.job` may run. */
  jobTimeoutMs: ms.default(60_000),
  /** How often nodes compare their registries and repair what differs. Not given: as the synchronization strategy says. */
  syncIntervalMs: ms.optional(),
  /** How often expired values of `hub.storage` are freed. */
  cleanUpIntervalMs: ms.default(10_000),
});
export type Timings = z.infer<typeof Timings>;

/** Bounds of a hub. */
export const Limits = z.strictObject({
  /** Messages that wait in one actor's mailbox; and for one actor that has no place just now, on each thread of its senders. */
  mailbox: whole.default(10_000),
  /** An actor that crashes more often stays stopped. */
  restarts: z.strictObject({ max: z.int().nonnegative().default(100), withinMs: ms.default(4_000) }).prefault({}),
  /** Actors of one thread that are started again at a time, after the death of a thread or a node. */
  startsAtOnce: whole.default(64),
  /** Messages that wait in one actor's mailbox before `tell` to it returns false. Default: 1,024, or half of `mailbox` if that is less. */
  actorWindow: whole.optional(),
  /** Pieces of work that one actor has beside its mailbox (`ctx.task`) before the next one is refused. */
  tasks: whole.default(1_000),
  /** Messages on the way from one thread to another before `tell` returns false. Those in mailboxes count too, once so many wait on a thread. */
  linkWindow: whole.default(4_096),
  /** Messages on the way from one thread to another, and on one thread for actors that have no place just now, before they are refused. */
  linkLetters: whole.default(65_536),
  /** Bytes of messages on one thread for actors that have no place just now, before they are refused; one is always held. */
  heldBytes: whole.default(67_108_864),
  /** Actors that left a thread and whose messages it still forwards; above this, moves wait for as long as a step may take, but from a node that leaves or drains. */
  forwardings: whole.default(100_000),
  /** Threads that run `ctx.job`, and how many jobs may wait for one; further jobs are refused. */
  jobs: z.strictObject({ threads: whole.max(1_024).default(1), queue: z.int().nonnegative().default(1_000) }).prefault({}),
  /** The most keys and bytes of `hub.storage`. */
  storage: z.strictObject({ keys: whole.default(10_000), bytes: whole.default(16_777_216) }).prefault({}),
});
export type Limits = z.infer<typeof Limits>;

const strategy = <S extends { readonly family: string }>(family: S["family"], example: string) =>
  z.custom<S>(
    (value) => typeof value === "object" && value !== null && "family" in value && value.family === family,
    `takes a ${family} strategy, such as ${example}`,
  );

const hasMethods = (value: unknown, names: readonly string[]): boolean =>
  typeof value === "object" &&
  value !== null &&
  names.every((name) => name in value && typeof (value as Record<string, unknown>)[name] === "function");

const Hook = z.custom<(event: never) => unknown>((value) => typeof value === "function", "takes functions");

const jobsText = "takes a list of URLs: of modules, and of folders, which end with a slash";
const secretText = "takes a text, or a list of texts: the first is used, all are accepted";
const Secret = z.string().min(1);

const ThreadCount = z.int().min(1).max(1_024);

/** The threads that actors run on. */
const ThreadOptions = z.strictObject({
  /** How many. Default: one less than the machine has processors, at least one. */
  count: ThreadCount.optional(),
  /**
   * After an error that nobody handles (a rejected promise, a throw outside of all handlers) a thread goes on ("log"); or its actors move to a
   * fresh one with state, mailbox and timers, and it ends ("replace"); or it ends as a process of Node would ("exit"), and its actors restart.
   */
  onUnhandled: z.enum(["log", "exit", "replace"]).default("log"),
  /** What each thread may use at most: `resourceLimits` of Node's Worker. A thread that needs more ends. */
  resourceLimits: z
    .strictObject({
      maxOldGenerationSizeMb: z.number().positive(),
      maxYoungGenerationSizeMb: z.number().positive(),
      codeRangeSizeMb: z.number().positive(),
      stackSizeMb: z.number().positive(),
    })
    .partial()
    .optional(),
  /** The environment of the threads. Default: a copy of the process's own. */
  env: z.record(z.string(), z.string()).optional(),
  /** Options of Node for the threads, such as `--import`. Default: those of the process. */
  execArgv: z.array(z.string()).optional(),
});
const threadsText = "takes a count from 1 to 1,024, or { count, onUnhandled, resourceLimits, env, execArgv }";

/** Where a hub's log lines go: `console`, or the logger of a service. */
export interface Logger {
  debug(line: string, data?: unknown): void;
  info(line: string, data?: unknown): void;
  warn(line: string, data?: unknown): void;
  error(line: string, data?: unknown): void;
}

const loggerText = "takes false, or what has the methods debug, info, warn and error, such as console";
const LoggerShape = z.custom<Logger>((value) => hasMethods(value, ["debug", "info", "warn", "error"]), loggerText);

/** The options of a hub, checked and completed. */
export const HubSettings = z.strictObject({
  /** Nodes of the same id form one hub. */
  id: z.string().regex(/^[\w.-]{1,200}$/, "has 1 to 200 letters, digits, dots, underscores or hyphens"),
  /** The name of this node in the hub. Default: the name of the machine, the process id and a few letters of chance. */
  node: NodeName.optional(),
  /** How many worker threads actors run on, or more about them: see below. */
  threads: z
    .union([ThreadCount, ThreadOptions], threadsText)
    .transform((given) => (typeof given === "number" ? ThreadOptions.parse({ count: given }) : given))
    .prefault({}),
  /** The definitions of the actors that may run here. Each thread imports their modules. */
  actors: z.array(z.custom<AnyActor>(isActorDefinition, "takes what defineActor returns")).default([]),
  /** The way to the other nodes. Default: there are none. */
  transport: z
    .custom<Transport>(
      (value) => hasMethods(value, ["open", "broadcast", "send", "close"]),
      "takes a transport, such as memoryNetwork().transport()",
    )
    .optional(),
  /** What `ctx.job` may run beside the modules in the folders of the actors' modules: URLs of modules, and of folders, which end with a slash. */
  jobs: z
    .array(
      z.union([z.string(), z.instanceof(URL).transform(String)]).refine((url) => urlOf(url) !== undefined, jobsText),
      jobsText,
    )
    .default([]),
  /** Nodes prove by it that they belong to the hub. The first of several is used, each is accepted: so a secret can be changed while nodes run. */
  secret: z.union([Secret.transform((secret) => [secret]), z.array(Secret).min(1)], secretText).default([]),
  /** Where actors belong. */
  distribution: strategy<DistributionStrategy>("distribution", "consistentHashing()").default(() => consistentHashing()),
  /** What an actor that moves to another node takes along: with `hotSwap()` all it has goes with it, with `coldSwap()` it begins anew there. */
  migration: strategy<MigrationStrategy>("migration", "hotSwap()").default(() => hotSwap()),
  /** How many replicas of an actor there are, and what they do. */
  redundancy: strategy<RedundancyStrategy>("redundancy", "singularity()").default(() => singularity()),
  /** How nodes tell each other of changes to their registries. */
  synchronization: strategy<SynchronizationStrategy>("synchronization", "pubSub()").default(() => pubSub()),
  /** Who serves when the network is cut. */
  partitionTolerance: strategy<PartitionStrategy>("partition", "divergence()").default(() => divergence()),
  /** No actor starts, or moves, before so many members are there, gateways included; once they were, the hub goes on with fewer. */
  minMembers: whole.default(1),
  /** How long a node that joins others takes no actors but those that no other may run: twice as long after each death of its name, 64 times at most. */
  probationMs: z.number().nonnegative().default(0),
  /** Actors that the hub starts by itself, once in the cluster. */
  children: z
    .array(
      z.custom<Child>(
        (value) =>
          typeof value === "object" &&
          value !== null &&
          "actor" in value &&
          isActorDefinition(value.actor) &&
          "options" in value &&
          typeof value.options === "object" &&
          value.options !== null,
        "takes what child() returns",
      ),
    )
    .default([]),
  /** Handlers of the hub's events that are there from the start, by event. */
  hooks: z.partialRecord(z.enum([...hubEventNames, "childStart"]), z.array(Hook)).default({}),
  /** Hears what the hub logs, as the event `log` does. Default: warnings and errors go to stderr; false: nothing is written. */
  logger: z.union([z.literal(false), LoggerShape], loggerText).optional(),
  /** Times: see below. */
  timings: Timings.prefault({}),
  /** Bounds: see below. */
  limits: Limits.prefault({}),
});
export type HubSettings = z.infer<typeof HubSettings>;

/** The options of `createHub`; see `HubSettings` for the defaults. */
export interface HubOptions extends Omit<Partial<z.input<typeof HubSettings>>, "id" | "hooks" | "actors" | "children"> {
  /** Nodes of the same id form one hub. */
  readonly id: string;
  readonly actors?: readonly AnyActor[];
  readonly children?: readonly Child[];
  readonly hooks?: HookOptions;
}

/** Checks options and fills in the defaults. Throws `HubConfigError` that names the path, what was given and what is allowed. */
export function hubSettings(options: HubOptions): HubSettings {
  const parsed = HubSettings.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    // Its value is told to nobody.
    if (issue?.path[0] === "secret")
      throw optionError("createHub", { path: "secret", given: "(not shown)", allowed: secretText });
    throw configError("createHub", issue, options, HubSettings);
  }
  const settings = parsed.data;
  const { actorWindow = 1, mailbox } = settings.limits;
  if (actorWindow > mailbox) {
    const allowed = `at most limits.mailbox, ${mailbox}: who heard later that a mailbox is full would lose messages first`;
    throw wrong("limits.actorWindow", "it is more than a mailbox holds", actorWindow, allowed);
  }
  const actors = new Set<string>();
  for (const { name } of settings.actors) {
    if (actors.has(name)) throw wrong("actors", "two definitions have the name", name, "one definition of each name");
    actors.add(name);
  }
  const children = new Set<unknown>();
  for (const [index, { actor, options }] of settings.children.entries()) {
    // Another node may have it, or come to have it: then the child waits.
    if (!actors.has(actor.name) && settings.transport === undefined) {
      const allowed = `an actor that \`actors\` lists: ${[...actors].join(", ") || "none"}`;
      throw wrong(`children.${index}.actor`, "there is no actor", actor.name, allowed);
    }
    if (children.has(options.id))
      throw wrong(`children.${index}.options.id`, "two children have the id", options.id, "an id for each");
    children.add(options.id);
  }
  return { ...settings, timings: agreeing(settings.timings, options.timings?.suspectAfterMs === undefined) };
}

function wrong(path: string, what: string, value: unknown, allowed: string): HubConfigError {
  const given = shown(value);
  return new HubConfigError(`createHub: ${path}: ${what} ${given}; allowed: ${allowed}`, { path, given, allowed });
}

/** Checks that the times fit each other; `derived`: `suspectAfterMs` was not given, so it is at most half of `downAfterMs`. */
function agreeing(timings: Timings, derived: boolean): Timings {
  const { heartbeatIntervalMs, downAfterMs } = timings;
  const atLeast = heartbeatIntervalMs * 2;
  const suspectAfterMs = derived ? Math.min(timings.suspectAfterMs, downAfterMs / 2) : timings.suspectAfterMs;
  if (downAfterMs < atLeast)
    throw misfit(
      "downAfterMs",
      downAfterMs,
      `at least twice heartbeatIntervalMs (${heartbeatIntervalMs})`,
      `at least ${atLeast}`,
    );
  if (suspectAfterMs > downAfterMs)
    throw misfit("suspectAfterMs", suspectAfterMs, `at most downAfterMs (${downAfterMs})`, `at most ${downAfterMs}`);
  return { ...timings, suspectAfterMs };
}

function misfit(name: keyof Timings, given: number, give: string, allowed: string): HubConfigError {
  const path = `timings.${name}`;
  return new HubConfigError(`createHub: ${path}: is ${given}; give ${give}`, { path, given: String(given), allowed });
}
