/**
 * What an actor's author may use: the `ctx` of a handler.
 * Without this interface a handler would see the cell that runs it, and a test could not give it another.
 */
import type { ActorId, Epoch, Mode, NodeName, Trace } from "@process-hub/protocol";
import type { Child } from "./child.js";
import type { EventsOf } from "./event.js";
import type { ActorQuery, ListedActor } from "./listed-actor.js";
import type { OnNode } from "./node-actor.js";
import type { ActorRef, ArgsOf, MessageMap, MessagesOf, MessagesRef, TypedActor } from "./ref.js";
import type { StartOptions } from "./start-options.js";

/** What became of the actors that `ctx.startAll` started. */
export interface ChildrenStarted {
  /** `"ok"`: all have started. */
  readonly status: "ok" | "error";
  /** Those that have started, in the order given. */
  readonly started: readonly { readonly id: ActorId }[];
  readonly ids: readonly ActorId[];
  /** Those that have not, and why. */
  readonly errors: readonly { readonly id: ActorId; readonly error: Error }[];
}

/** How a cron expression is read. */
export interface CronOptions {
  /** A name of the IANA time zone database, such as `"Europe/Vienna"`. Default: that of the machine. */
  readonly timeZone?: string | undefined;
}

/** Writes to the hub's `log` event, with the actor's id. */
export interface ActorLog {
  debug(message: string, data?: unknown): void;
  info(message: string, data?: unknown): void;
  warn(message: string, data?: unknown): void;
  error(message: string, data?: unknown): void;
}

/** What a job's module exports as its default: a function that depends on its input alone. */
export type JobFunction = (input: never) => unknown;

/** The work of a `ctx.task`. `signal`: it is to end; `ctx`: valid while it runs, as that of a handler is, beside those. */
export type TaskFunction = (signal: AbortSignal, ctx: ActorContext) => unknown;

/** The messages of an actor that tell it how its task has ended; absent: it does not hear of it, and a failure is logged. */
export interface TaskOutcome {
  /** Its input is what the task returned. */
  readonly done?: string | undefined;
  /** Its input is what the task threw; or an `Error` whose `code` is `"Aborted"` (by `ctx.abort`, or another task of the key) or `"Move"`. */
  readonly failed?: string | undefined;
}

declare const owedReply: unique symbol;

/** A text that stands for the answer to an ask: it may be kept in the state. */
export type ReplyToken = string & { readonly [owedReply]: true };

/** The third argument of a handler, beside the state and the input. Valid during the handler it was given to. */
export interface ActorContext {
  /** The id of this actor. */
  readonly id: ActorId;
  /** A reference to this actor: what it tells itself is handled after what waits in its mailbox. */
  readonly self: ActorRef;
  /** The node it runs on. */
  readonly node: NodeName;
  /** The thread of the node it runs on. */
  readonly thread: number;
  /** A number that grows with each place it comes to, and each life: for as long as the hub lives, a store outside can refuse who comes with a lower one. */
  readonly epoch: Epoch;
  /** `"active"`, or `"passive"` for a replica that stands by. */
  readonly mode: Mode;
  /**
   * Aborts when the handler should come to an end: at once when its actor stops; when its ask has expired, or its asker has aborted it (then the
   * asks that the handler waits for are aborted too); and, when its actor is to
   * move, after half of `timings.handoffTimeoutMs`: a handler has that long to end by itself, and as long again before the move is given up.
   * When the actor has ended, crashed or moved away, it stays aborted, and what its code still does through this `ctx` (`tell`, `ask`, `start`,
   * `schedule`, `job`) is refused with `ActorStopped`.
   * Its `reason` is an `Error` named "AbortError" whose `code` is `"Expired"`, `"Aborted"`, `"Stop"` or `"Move"`.
   */
  readonly signal: AbortSignal;
  /**
   * When the time of the ask in hand is over, in ms since the epoch by this machine's clock; `undefined` for a tell. An ask that the handler makes
   * has no more time than is left until then.
   */
  readonly deadlineAtMs: number | undefined;
  /** The id of the actor that sent the message; `undefined` when a main thread did. */
  readonly sender: ActorId | undefined;
  /**
   * What the caller set with `{ context }`, or passed on of its own caller's: a copy; an empty record when there is none. It goes on with every
   * `ask`, `tell` and timer of this handler; one that gives a `context` of its own replaces it.
   */
  readonly context: Readonly<Record<string, unknown>>;
  /** The trace the message belongs to, which goes on as `context` does; `undefined` when it belongs to none. */
  readonly trace: Trace | undefined;
  /** Writes to the hub's log, with the actor's id. */
  readonly log: ActorLog;
  /** A typed reference, by id, or `{ node }` for an actor with `placement: "node"`; no I/O. */
  ref<A extends TypedActor>(actor: A, id: ActorId | OnNode): ActorRef<MessagesOf<A>>;
  /** Starts an actor where the ring places it. Rejects with `AlreadyStarted`, `StartFailed` and the like. */
  start<A extends TypedActor>(actor: A, options: StartOptions<ArgsOf<A>>): Promise<ActorRef<MessagesOf<A>>>;
  /**
   * Starts many in one go: `ctx.startAll(ids.map((id) => child(Worker, { id })))`. Each has its own outcome; rejects only when this actor's life
   * is over, or an entry cannot be started at all.
   */
  startAll(children: readonly Child[]): Promise<ChildrenStarted>;
  /**
   * A reference to an actor that is there: started where the ring places it, unless it runs already. Rejects with `StartFailed` and the like, and
   * with `WrongActor` when another kind has the id. `args`: default, what the kind's `autoStart` gives; not used when it runs already.
   */
  get<A extends TypedActor>(actor: A, id: ActorId, args?: ArgsOf<A>): Promise<ActorRef<MessagesOf<A>>>;
  /** The members' names, this node's included, sorted, as this node knows them. */
  nodes(): Promise<NodeName[]>;
  /** The actors of the hub that fit a query, as this node's registry has them: without one, all. */
  list(query?: ActorQuery): Promise<ListedActor[]>;
  /**
   * Ends another actor, wherever it runs: after its handler in hand, by force at `timeoutMs` (default `timings.stopTimeoutMs`). Rejects with
   * `ActorNotFound` and the like, and with `HubConfigError` for this actor itself, which ends by `stopSelf`.
   */
  stop(id: ActorId, options?: { readonly timeoutMs?: number | undefined }): Promise<void>;
  /**
   * Has this actor's own message told once when another actor is gone for good: `{ id, reason }`, where reason is `"Stop"` (by order, by itself, or
   * idle), `"Crash"`, `"NodeDown"` (it died with its node or thread, and is not started again) or `"NotFound"` (there is none; that is told at
   * once). A move, a restart and a take-over are no end. The watch moves with this actor, and standbys keep it. A second watch of the same actor
   * replaces the first; a crash of this actor ends all of its watches.
   */
  watch(ref: { readonly id: ActorId; readonly actor: string }, message: string): void;
  /** Ends a watch. True when there was one. A message about it that waits already still comes. */
  unwatch(ref: { readonly id: ActorId }): boolean;
  /** Emits an event of this actor's definition to those who listen. Returns its number. Throws `InvalidMessage` for what its schema refuses. */
  emit(event: string, payload: unknown): number;
  /**
   * Has this actor's own message told of each event of another actor, in order, each once: `{ type: "event", id, event, seq, payload }`. Where some
   * are missing `{ type: "resync", id, event, seq, reason }` comes first; `{ type: "ended", id, event, reason }` when that actor is gone. It moves
   * with this actor, and standbys keep it; a crash of this actor ends it. `since`: begins after the event of this number.
   */
  subscribe<M extends MessageMap, K extends keyof EventsOf<M> & string>(
    ref: MessagesRef<M>,
    event: K,
    message: string,
    options?: { readonly since?: number | undefined },
  ): void;
  /** Ends a subscription. True when there was one. */
  unsubscribe(ref: { readonly id: ActorId }, event: string): boolean;
  /**
   * Ends this actor after the message in hand and those that wait behind it. It is not restarted; of a kind with `autoStart` the next message starts it
   * again.
   */
  stopSelf(reason?: string): void;
  /** Sends this actor a message `delayMs` from now. A timer of the same key is replaced; timers move with their actor. */
  schedule(key: string, delayMs: number, message: string, input?: unknown): void;
  /** The same at an instant, in ms since the epoch as `ctx.now()` has them; one that is past is due at once. */
  scheduleAt(key: string, atMs: number, message: string, input?: unknown): void;
  /**
   * Sends this actor a message every so many ms, at least 1, first after the first of them, until the key is cancelled or set anew. While a message
   * of it waits no other is sent, and those missed meanwhile are left out. It moves with its actor.
   */
  every(key: string, everyMs: number, message: string, input?: unknown): void;
  /**
   * Sends this actor a message at the times of a cron expression (`"0 3 * * *"`: each night at three; seconds may stand before, a year behind), until
   * the key is cancelled or set anew. Of times that pass while a message of it waits, or its actor moves or is down, one is told. `timeZone`: of the
   * IANA database; default, that of the machine. It moves with its actor. Throws `HubConfigError` for an expression or time zone that is none.
   */
  cron(key: string, expression: string, message: string, input?: unknown, options?: CronOptions): void;
  /** The time, in ms since the epoch by this machine's clock; virtual under `simulate`. */
  now(): number;
  /** A number of at least 0 and below 1; from the seed under `simulate`. */
  random(): number;
  /**
   * Puts the answer to the ask in hand off: what the handler returns is no answer then (it may return the token, whatever its `output`), and a
   * later message answers by `reply` or `refuse`. The token may be kept in the state; it moves with it, and goes on from a standby. An answer that
   * does not come is the asker's `AskTimeout`; at the end of its life the actor's debts are refused. Of a tell it is a token that nobody waits
   * for. Throws `HubConfigError` where no message is in hand, `MailboxFull` above `limits.mailbox`.
   */
  replyLater(): ReplyToken;
  /** Answers an ask that was put off, as its handler's return would: checked by its `output`. False: nobody waits for it any more. */
  reply(token: string, value?: unknown): boolean;
  /** Fails an ask that was put off, as a throw of its handler would, without its consequences. False: nobody waits for it any more. */
  refuse(token: string, error: unknown): boolean;
  /**
   * Does work beside the mailbox: the handler goes on, others are handled meanwhile, and the outcome comes as a message to this actor, with the
   * `context` and trace of this handler. `run` begins at once; it must not change the state. One of the same key is aborted before.
   * A task ends with its actor's life, without a word. A move ends it: `failed` comes with the code `"Move"` where the actor goes on, after
   * `lifecycle.resumed`; either may begin it anew. Its `ctx` has no deadline, and is over when it ends. Throws `HubConfigError` for a message that
   * the actor has not, `MailboxFull` above `limits.tasks`, `ActorStopped` when the actor is about to move, or has ended.
   */
  task(key: string, run: TaskFunction, outcome?: TaskOutcome): void;
  /** Aborts a task: its signal aborts, and its outcome is a failure with the code `"Aborted"`, whatever becomes of it. False when there is none of the key. */
  abort(key: string): boolean;
  /** Drops a timer, also one that has fired and whose message waits. True when there was one. */
  cancel(key: string): boolean;
  /**
   * Runs the default export of a module in a thread for CPU-heavy work, and resolves with what it returns. For types, name the function:
   * `ctx.job<typeof import("./primes.job.js").default>(new URL("./primes.job.js", import.meta.url), 1_000)`.
   * Rejects with what it throws; with `StartFailed` (no such function), `ThreadExited` (its thread ended under it), `MailboxFull`
   * (`limits.jobs`), `AskTimeout` (`timings.jobTimeoutMs`), `NotSerializable`; and with the reason of `signal` when that aborts. It ends with
   * its handler.
   */
  job<J extends JobFunction = (input: unknown) => unknown>(
    module: string | URL,
    input: Parameters<J>[0],
  ): Promise<Awaited<ReturnType<J>>>;
  /**
   * Resolves when there is room for more, after a `tell` returned false: at this actor; without `ref`, at all those that this actor told too
   * much. "cycle": there is none, but they wait for this one, so it is let through; what it tells next may be a dead letter (`MailboxFull`).
   * "away": one of them has had no place for `timings.askTimeoutMs` (its node is gone, say); what it is told waits for it, up to `limits.mailbox`.
   */
  ready(ref?: { readonly id: ActorId }): Promise<Room>;
}

/** How a wait for room ended: there is room, or the actors waited for each other, or one had no place for too long. */
export type Room = "room" | "cycle" | "away";
