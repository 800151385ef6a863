/**
 * The work that an actor has beside its mailbox: `ctx.task`.
 * Without it an actor that waits for something slow would handle nothing meanwhile, or let promises of its own change its state in the midst of a
 * handler.
 */
import {
  type AbortCode,
  AbortReason,
  ActorStopped,
  checkText,
  encode,
  type Header,
  largeInput,
  MailboxFull,
  optionError,
  shown,
  toWireError,
} from "@process-hub/protocol";
import type { ActorContext, TaskFunction, TaskOutcome } from "../definition/context.js";
import type { Caller, InHand } from "./caller.js";
import { CellContext } from "./cell-context.js";
import type { CellCore, CellTasks } from "./cell-core.js";
import { timerMessage } from "./cell-timers.js";
import type { Envelope } from "./envelope.js";
import { OpenAsks } from "./open-asks.js";

/** One piece of work, with a `ctx` and asks of its own. */
class Task implements Caller {
  readonly outcome: TaskOutcome;
  readonly context: CellContext;
  /** What its outcome passes on, as what it sends does. */
  readonly header: Header | undefined;
  inHand: InHand | undefined;
  readonly #cell: CellCore;
  readonly #openAsks: OpenAsks;

  constructor(cell: CellCore, key: string, outcome: TaskOutcome, begunBy: Caller) {
    this.#cell = cell;
    this.outcome = outcome;
    this.header = begunBy.inHand?.header;
    this.inHand = { name: `task ${key}`, header: this.header, sender: null, ask: 0, expiresAtMs: 0 };
    this.#openAsks = new OpenAsks((ask) => cell.host.isPending(ask));
    this.context = new CellContext(cell, this);
  }

  noteAsk(ask: number): void {
    if (this.inHand !== undefined) this.#openAsks.add(ask);
  }

  /** Its signal aborts, and with it what it asked; its code may do nothing more through its `ctx`. */
  end(why: string, code: AbortCode): AbortReason {
    const reason = new AbortReason(code, why);
    const open = this.#openAsks.open();
    this.context.lifeEnded(why, code);
    if (open.length > 0) this.#cell.host.abortAsks(open, reason);
    this.inHand = undefined;
    return reason;
  }
}

/** The tasks of one actor, by key. Each tells its actor one outcome, unless the actor's life ends before. */
export class Tasks implements CellTasks {
  readonly #cell: CellCore;
  readonly #running = new Map<string, Task>();

  constructor(cell: CellCore) {
    this.#cell = cell;
  }

  get any(): boolean {
    return this.#running.size > 0;
  }

  begin(key: string, run: TaskFunction, outcome: TaskOutcome, begunBy: Caller): void {
    this.#check(key, run, outcome);
    const { host, id } = this.#cell;
    this.abort(key);
    const { tasks: most } = host.limits;
    if (this.#running.size >= most)
      throw new MailboxFull(`ctx.task: actor ${id} runs its limit of ${most} tasks (\`limits.tasks\`)`, { id });
    const task = new Task(this.#cell, key, outcome, begunBy);
    this.#running.set(key, task);
    host.count("tasks");
    host.count("tasksBegun");
    this.#run(run, task.context).then(
      (value) => this.#ended(key, task, value, false),
      (error: unknown) => this.#ended(key, task, error, true),
    );
  }

  abort(key: string): boolean {
    const task = this.#running.get(key);
    if (task === undefined) return false;
    this.#give(key, task, "Aborted", `task ${key} was aborted`);
    return true;
  }

  move(): void {
    for (const [key, task] of [...this.#running]) this.#give(key, task, "Move", "the actor moves");
  }

  clear(why: string): void {
    for (const task of this.#running.values()) task.end(why, "Stop");
    this.#cell.host.count("tasks", -this.#running.size);
    this.#running.clear();
  }

  #check(key: string, run: TaskFunction, outcome: TaskOutcome): void {
    checkText("ctx.task", "key", key);
    if (typeof run !== "function")
      throw optionError("ctx.task", {
        path: "run",
        given: shown(run),
        allowed: "takes a function of a signal, which may be async",
      });
    const { id, phase, mode, behaviour } = this.#cell;
    for (const which of ["done", "failed"] as const) {
      const name: unknown = outcome[which];
      if (name === undefined || (typeof name === "string" && behaviour.handlers.has(name))) continue;
      const allowed = `takes a message of the actor: ${[...behaviour.handlers.keys()].join(", ")}`;
      throw optionError("ctx.task", { path: which, given: shown(name), allowed });
    }
    if (mode === "passive") throw new ActorStopped(`ctx.task: replica ${id} stands by, and runs no tasks`, { id });
    if (phase !== "running" && phase !== "starting" && (phase !== "sealed" || this.#cell.isIdle))
      throw new ActorStopped(`ctx.task: actor ${id} moves, or has ended; use \`ctx\` in its handlers only`, { id });
  }

  async #run(run: TaskFunction, context: CellContext): Promise<unknown> {
    return run(context.signal, context satisfies ActorContext);
  }

  #give(key: string, task: Task, code: AbortCode, why: string): void {
    this.#over(key);
    this.#tell(key, task, task.end(why, code), true);
  }

  #ended(key: string, task: Task, value: unknown, failed: boolean): void {
    if (this.#running.get(key) !== task) return;
    this.#over(key);
    this.#tell(key, task, value, failed);
    task.end(`its task ${key} has ended`, "Stop");
    this.#cell.host.wake(this.#cell);
  }

  #over(key: string): void {
    this.#running.delete(key);
    this.#cell.host.count("tasks", -1);
  }

  #tell(key: string, task: Task, value: unknown, failed: boolean): void {
    const cell = this.#cell;
    const { outcome, header } = task;
    if (failed) cell.host.count("tasksFailed");
    const name = failed ? outcome.failed : outcome.done;
    if (name === undefined) {
      if (failed && !(value instanceof AbortReason))
        cell.host.log("error", cell.id, `task ${key} of actor ${cell.id} failed, and no message hears of it`, toWireError(value));
      return;
    }
    try {
      cell.takeOwn(this.#message(name, value, header));
    } catch (error) {
      // What it returned cannot travel: that is a failure of the task. A thrown value that cannot is told in words.
      if (!failed) this.#tell(key, task, error, true);
      else cell.takeOwn(this.#message(name, new Error(`task ${key} threw what cannot travel: ${shown(value)}`), header));
    }
  }

  #message(name: string, value: unknown, header: Header | undefined): Envelope {
    const { id, host } = this.#cell;
    const payload = encode(value, "input");
    const { messageBytes = Number.POSITIVE_INFINITY } = host.limits;
    if (payload.byteLength > messageBytes) throw largeInput(id, name, payload.byteLength, messageBytes);
    return timerMessage(this.#cell, { name, payload, header });
  }
}
