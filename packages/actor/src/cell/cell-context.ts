import {
  type AbortCode,
  AbortReason,
  Aborts,
  type ActorId,
  ActorStopped,
  checkId,
  checkText,
  decode,
  type Epoch,
  findUntravelable,
  HubConfigError,
  type Mode,
  type NodeName,
  optionError,
  shown,
  type Timer,
  type Trace,
  toWireError,
} from "@process-hub/protocol";
import type { Child } from "../definition/child.js";
import type {
  ActorLog,
  ChildrenStarted,
  CronOptions,
  JobFunction,
  ReplyToken,
  Room,
  TaskFunction,
  TaskOutcome,
} from "../definition/context.js";
import type { ActorQuery, ListedActor } from "../definition/listed-actor.js";
import { idOf, type OnNode } from "../definition/node-actor.js";
import {
  type ActorKind,
  type ActorRef,
  type ArgsOf,
  type AskOptions,
  kindOf,
  type MessagesOf,
  type TellOptions,
  type TypedActor,
} from "../definition/ref.js";
import type { StartOptions } from "../definition/start-options.js";
import type { Caller } from "./caller.js";
import { listCall, stopCall } from "./cell-calls.js";
import type { CellCore, CoreContext } from "./cell-core.js";
import { oweReply, refuseOwed, replyOwed } from "./cell-owed.js";
import { stopAfterHandler } from "./cell-stop.js";
import { emitEvent, subscribeTo, type Tied, unsubscribeFrom, unwatchActor, watchActor } from "./cell-ties.js";
import { cancelTimer, cron, every, schedule, scheduleAt } from "./cell-timers.js";

/** The context of a message that has none. */
const nothing: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * The `ctx` of one cell: one object for all the handlers that it runs one at a time, what changes per message is read through it. Work beside
 * them has one of its own. Without it each message would cost a new object, and a handler would see the cell itself.
 */
export class CellContext implements CoreContext {
  readonly #cell: CellCore;
  readonly #caller: Caller;
  /** Made when it is first read. */
  #log: ActorLog | undefined;
  #controller: AbortController | undefined;
  #expiry: Timer | undefined;
  /** Why the handler is to end; an error is made of it, with a stack, for one who reads the signal: most never do. */
  #aborted: { readonly code: AbortCode; readonly why: string } | undefined;
  /** Why nothing may be done through it any more. */
  #over: string | undefined;
  /** Made with the first: most actors have none. */
  #jobs: Set<AbortController> | undefined;
  /** Whom it told more than there was room for, until it has waited for that. */
  #toldTooMuch: Set<ActorId> | undefined;
  /** Made with the first job: most actors have none. */
  #aborts: Aborts | undefined;

  /** `caller`: the work that it is for; default, the handlers that the cell runs one at a time. */
  constructor(cell: CellCore, caller: Caller = cell) {
    this.#cell = cell;
    this.#caller = caller;
  }

  get log(): ActorLog {
    return (this.#log ??= logOf(this.#cell));
  }

  get id(): ActorId {
    return this.#cell.id;
  }

  get self(): ActorRef {
    return this.#refTo(this.#cell.behaviour, this.#cell.id);
  }

  get node(): NodeName {
    return this.#cell.host.node;
  }

  get thread(): number {
    return this.#cell.host.thread;
  }

  get epoch(): Epoch {
    return this.#cell.epoch;
  }

  get mode(): Mode {
    return this.#cell.mode;
  }

  get sender(): ActorId | undefined {
    return this.#caller.inHand?.sender ?? undefined;
  }

  get context(): Readonly<Record<string, unknown>> {
    const context = this.#caller.inHand?.header?.context;
    return context === undefined ? nothing : (decode(context) as Readonly<Record<string, unknown>>);
  }

  get trace(): Trace | undefined {
    return this.#caller.inHand?.header?.trace;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      const expiresAtMs = this.#over === undefined ? (this.#caller.inHand?.expiresAtMs ?? 0) : 0;
      if (this.#aborted !== undefined) this.#controller.abort(reasonOf(this.#aborted));
      else if (expiresAtMs > 0) {
        const { clock } = this.#cell.host;
        // A moment later than its asker, who else could hear of the abort, not of the timeout: real timers drop parts of a millisecond.
        const leftMs = Math.max(0, Math.ceil(expiresAtMs - clock.now()) + 1);
        this.#expiry = clock.setTimeout(() => this.giveUp("Expired", "the ask has expired"), leftMs);
      }
    }
    return this.#controller.signal;
  }

  /** Tells the handler in hand to come to an end, whether it asked for the signal already or does so later. */
  giveUp(code: AbortCode, why: string): void {
    this.#aborted ??= { code, why };
    if (this.#controller?.signal.aborted === false) this.#controller.abort(reasonOf(this.#aborted));
  }

  /** True for what a handler throws since its asker has aborted the ask: the reason of its own signal, or of an ask that it made. */
  isGivenUp(error: unknown): boolean {
    return this.#aborted?.code === "Aborted" && error instanceof AbortReason && error.code === "Aborted";
  }

  get deadlineAtMs(): number | undefined {
    const expiresAtMs = this.#caller.inHand?.expiresAtMs ?? 0;
    const { clock } = this.#cell.host;
    return expiresAtMs === 0 ? undefined : clock.wallMs() + expiresAtMs - clock.now();
  }

  /** A handler begins: a signal that was read between two handlers is not its own. */
  handlerBegins(): void {
    if (this.#controller !== undefined) this.handlerEnded();
  }

  /** The handler has ended: the next one gets a signal of its own. */
  handlerEnded(): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    if (this.#over === undefined) {
      this.#controller = undefined;
      this.#aborted = undefined;
    }
    if (this.#jobs === undefined) return;
    for (const job of this.#jobs) job.abort(new DOMException("the handler ended before its job", "AbortError"));
  }

  /** Its life is over: the signal is aborted for good, and what code it left behind tells, asks, starts and sets is refused. */
  lifeEnded(why: string, code: AbortCode = "Stop"): void {
    if (this.#over !== undefined) return;
    this.#over = why;
    this.giveUp(code, why);
    this.handlerEnded();
  }

  /** Throws `ActorStopped` when the life is over. */
  #checkAlive(call: string): void {
    if (this.#over !== undefined) throw this.#refusal(call);
    this.#actsBeside();
  }

  /**
   * Work beside the handlers of a turn is about to do something that goes along with the state, or depends on it: no end of a handler tells the
   * standbys of that.
   */
  #actsBeside(): void {
    const cell = this.#cell;
    if (this.#caller !== cell && cell.watched && cell.inHand === undefined && cell.between) cell.host.changed(cell, false);
  }

  #refusal(call: string): ActorStopped {
    const { id } = this.#cell;
    const text = `${call}: this life of actor ${id} is over (${this.#over}); its code is to end when \`ctx.signal\` aborts`;
    return new ActorStopped(text, { id });
  }

  ref<A extends TypedActor>(actor: A, id: ActorId | OnNode): ActorRef<MessagesOf<A>> {
    checkActor("ctx.ref", actor);
    return this.#refTo(kindOf(actor), idOf("ctx.ref", actor, id)) as ActorRef<MessagesOf<A>>;
  }

  async start<A extends TypedActor>(actor: A, options: StartOptions<ArgsOf<A>>): Promise<ActorRef<MessagesOf<A>>> {
    checkActor("ctx.start", actor);
    this.#checkAlive("ctx.start");
    await this.#cell.host.startChild(this.#cell.id, actor, options);
    return this.ref(actor, options.id);
  }

  async startAll(children: readonly Child[]): Promise<ChildrenStarted> {
    if (!Array.isArray(children))
      throw optionError("ctx.startAll", {
        path: "children",
        given: shown(children),
        allowed: "takes a list of child(Actor, { id, ... })",
      });
    for (const each of children as readonly (Child | undefined)[]) checkActor("ctx.startAll", each?.actor);
    const ids = children.map(({ options }) => options?.id);
    const seen = new Set<ActorId>();
    const twice = ids.find((id) => seen.has(id) || !seen.add(id));
    if (twice !== undefined)
      throw optionError("ctx.startAll", { path: "children", given: `${shown(twice)} twice`, allowed: "takes each id once" });
    this.#checkAlive("ctx.startAll");
    const outcomes = await this.#cell.host.startChildren(this.#cell.id, children);
    const errors = ids.flatMap((id, at) => {
      const error = outcomes[at];
      return error === undefined ? [] : [{ id, error }];
    });
    const started = ids.filter((_, at) => outcomes[at] === undefined);
    return { status: errors.length === 0 ? "ok" : "error", started: started.map((id) => ({ id })), ids: started, errors };
  }

  async get<A extends TypedActor>(actor: A, id: ActorId, args?: ArgsOf<A>): Promise<ActorRef<MessagesOf<A>>> {
    checkActor("ctx.get", actor);
    checkId("ctx.get", id);
    this.#checkAlive("ctx.get");
    await this.#cell.host.getActor(this.#cell.id, actor, { id, args });
    return this.ref(actor, id);
  }

  async nodes(): Promise<NodeName[]> {
    this.#checkAlive("ctx.nodes");
    return (await this.#cell.host.hubCall(this.#cell.id, { type: "nodes" })) as NodeName[];
  }

  async list(query: ActorQuery = {}): Promise<ListedActor[]> {
    this.#checkAlive("ctx.list");
    return (await this.#cell.host.hubCall(this.#cell.id, listCall(query))) as ListedActor[];
  }

  async stop(id: ActorId, options: { readonly timeoutMs?: number | undefined } = {}): Promise<void> {
    this.#checkAlive("ctx.stop");
    await this.#cell.host.hubCall(this.#cell.id, stopCall(this.#cell, id, options));
  }

  watch(ref: Tied, message: string): void {
    this.#checkAlive("ctx.watch");
    watchActor(this.#cell, ref, message);
  }

  unwatch(ref: Pick<Tied, "id">): boolean {
    this.#checkAlive("ctx.unwatch");
    return unwatchActor(this.#cell, ref);
  }

  emit(event: string, payload: unknown): number {
    this.#checkAlive("ctx.emit");
    return emitEvent(this.#cell, event, payload);
  }

  subscribe(ref: Tied, event: string, message: string, options: { readonly since?: number | undefined } = {}): void {
    this.#checkAlive("ctx.subscribe");
    subscribeTo(this.#cell, ref, event, message, options.since);
  }

  unsubscribe(ref: Pick<Tied, "id">, event: string): boolean {
    this.#checkAlive("ctx.unsubscribe");
    return unsubscribeFrom(this.#cell, ref, event);
  }

  stopSelf(reason = "stopSelf"): void {
    checkText("ctx.stopSelf", "reason", reason);
    stopAfterHandler(this.#cell, reason);
  }

  schedule(key: string, delayMs: number, message: string, input?: unknown): void {
    this.#checkAlive("ctx.schedule");
    schedule(this.#cell, this.#caller, key, delayMs, message, input);
  }

  scheduleAt(key: string, atMs: number, message: string, input?: unknown): void {
    this.#checkAlive("ctx.scheduleAt");
    scheduleAt(this.#cell, this.#caller, key, atMs, message, input);
  }

  every(key: string, everyMs: number, message: string, input?: unknown): void {
    this.#checkAlive("ctx.every");
    every(this.#cell, this.#caller, key, everyMs, message, input);
  }

  cron(key: string, expression: string, message: string, input?: unknown, { timeZone }: CronOptions = {}): void {
    this.#checkAlive("ctx.cron");
    cron(this.#cell, this.#caller, key, { expression, ...(timeZone === undefined ? {} : { timeZone }) }, message, input);
  }

  now(): number {
    return this.#cell.host.clock.wallMs();
  }

  random(): number {
    return this.#cell.host.random.next();
  }

  cancel(key: string): boolean {
    if (this.#caller !== this.#cell) this.#checkAlive("ctx.cancel");
    return cancelTimer(this.#cell, key);
  }

  replyLater(): ReplyToken {
    this.#checkAlive("ctx.replyLater");
    return oweReply(this.#cell, this.#caller.inHand) as ReplyToken;
  }

  reply(token: string, value?: unknown): boolean {
    this.#checkAlive("ctx.reply");
    return replyOwed(this.#cell, token, value);
  }

  refuse(token: string, error: unknown): boolean {
    this.#checkAlive("ctx.refuse");
    return refuseOwed(this.#cell, token, error);
  }

  task(key: string, run: TaskFunction, outcome: TaskOutcome = {}): void {
    this.#checkAlive("ctx.task");
    this.#cell.makeTasks().begin(key, run, outcome, this.#caller);
  }

  abort(key: string): boolean {
    checkText("ctx.abort", "key", key);
    this.#checkAlive("ctx.abort");
    return this.#cell.tasks?.abort(key) === true;
  }

  job<J extends JobFunction>(module: string | URL, input: Parameters<J>[0]): Promise<Awaited<ReturnType<J>>> {
    const ended = this.#job(String(module), input);
    // Nobody may be left to hear of it when it is aborted with its handler.
    ended.catch(() => {});
    return ended as Promise<Awaited<ReturnType<J>>>;
  }

  async ready(ref?: { readonly id: ActorId }): Promise<Room> {
    const ids: ActorId[] = ref === undefined ? [...(this.#toldTooMuch ?? [])] : [ref.id];
    for (const id of ids) checkId("ctx.ready", id);
    const room = await this.#cell.mail.waitForRoom(this.#cell.id, ids);
    for (const id of ids) this.#toldTooMuch?.delete(id);
    return room;
  }

  async #job(url: string, input: unknown): Promise<unknown> {
    if (!/^(file|data|node):/.test(url)) {
      const allowed = 'the URL of a module, as new URL("./heavy.job.js", import.meta.url)';
      throw new HubConfigError(`ctx.job: takes ${allowed}; given: ${url.slice(0, 200)}`, { path: "module", given: url, allowed });
    }
    this.#checkAlive("ctx.job");
    const controller = new AbortController();
    const { signal } = this;
    this.#aborts ??= new Aborts();
    const forget = this.#aborts.add(signal, () => controller.abort(this.#jobLost(signal.reason)));
    const jobs = (this.#jobs ??= new Set());
    jobs.add(controller);
    try {
      return await this.#cell.host.job(url, input, controller.signal);
    } finally {
      jobs.delete(controller);
      forget();
    }
  }

  /** Why a job is given up, by name where its actor ends: a handler that waits for it fails with that, and its asker hears it. */
  #jobLost(reason: unknown): unknown {
    const { id, stopReason } = this.#cell;
    if (stopReason === undefined && this.#over === undefined) return reason;
    return new ActorStopped(`ctx.job: actor ${id} ends before its job has (${stopReason ?? this.#over})`, { id });
  }

  #refTo(kind: ActorKind, id: ActorId): ActorRef {
    const cell = this.#cell;
    const caller = this.#caller;
    return {
      id,
      actor: kind.name,
      tell: (message: string, input?: unknown, options?: TellOptions) => {
        this.#checkAlive("tell");
        cell.noteRecipient(id);
        const hasRoom = cell.host.tell(cell.id, id, message, input, options, kind, caller);
        if (!hasRoom) (this.#toldTooMuch ??= new Set()).add(id);
        return hasRoom;
      },
      stream: (message: string, input?: unknown, options?: AskOptions) => {
        this.#checkAlive("stream");
        cell.noteRecipient(id);
        return cell.host.stream(cell.id, id, message, input, options, kind, caller);
      },
      ask: (message: string, input?: unknown, options?: AskOptions) => {
        if (this.#over !== undefined) return Promise.reject(this.#refusal("ask"));
        this.#actsBeside();
        cell.noteRecipient(id);
        return cell.host.ask(cell.id, id, message, input, options, kind, caller);
      },
      subscribe: () => {
        const allowed = "takes a subscription on a main thread; an actor subscribes by `ctx.subscribe(ref, event, message)`";
        throw optionError("ref.subscribe", { path: "ref", given: `a reference of actor ${cell.id}`, allowed });
      },
    };
  }
}

function checkActor(call: string, actor: TypedActor | undefined): void {
  if (typeof actor?.name === "string") return;
  const allowed = "an actor's definition, as defineActor returns it";
  throw optionError(call, { path: "actor", given: shown(actor), allowed: `takes ${allowed}` });
}

function reasonOf({ code, why }: { readonly code: AbortCode; readonly why: string }): AbortReason {
  return new AbortReason(code, why);
}

function logOf({ host, id }: CellCore): ActorLog {
  const write = (level: "debug" | "info" | "warn" | "error") => (message: string, data?: unknown) =>
    host.log(level, id, String(message), loggable(data));
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** A log line is never lost for its data: what cannot travel is said in words. */
function loggable(data: unknown): unknown {
  try {
    return findUntravelable(data)?.message ?? data;
  } catch (error) {
    return `the data of this line throws when it is read: ${toWireError(error).message}`;
  }
}
