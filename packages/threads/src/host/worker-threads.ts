/**
 * Threads as their host runs them: a piscina pool of one task per thread, a control and a data port, links from thread to thread.
 * Without it actors would run in the main thread alone, and a thread that dies would look like one that was stopped.
 */
import { once } from "node:events";
import type { EventLoopUtilization } from "node:perf_hooks";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import {
  type Clock,
  type ControlPort,
  decode,
  encodeMessage,
  hubThreadData,
  ownedCopy,
  type Packet,
  type PlaceId,
  placeFields,
  placeInWords,
  StartFailed,
  type Thread,
  type ThreadBoot,
  type ThreadControl,
  type ThreadExit,
  ThreadExited,
  type Threads,
  threadControlNames,
} from "@process-hub/protocol";
import { type Remote, releaseProxy, wrap } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { Piscina } from "piscina";
import { PacedLink } from "../link/paced-link.js";
import { PortLink } from "../link/port-link.js";
import { threadEntry } from "./thread-entry.js";
import { WorkerJobs } from "./worker-jobs.js";

/** The ports and settings of worker threads. */
export interface WorkerThreadsOptions {
  readonly clock: Clock;
  /** A thread that has not loaded its actors by then has failed to start. */
  readonly startTimeoutMs: number;
  /** How many threads may run jobs, beside those of the actors. Default 1. */
  readonly jobThreads?: number | undefined;
  /** More options of Node's Worker for each thread of actors. */
  readonly worker?:
    | {
        readonly resourceLimits?: Readonly<Record<string, number | undefined>> | undefined;
        readonly env?: Readonly<Record<string, string>> | undefined;
        readonly execArgv?: readonly string[] | undefined;
      }
    | undefined;
  /** A module whose default export is an `Observer`, and whose export `clock`, if any, the thread's `Clock`. For histories that checkers read; none in production. */
  readonly observer?: string | undefined;
}

/** How long the last messages of a thread that ended may take to come. */
const drainMs = 250;

/**
 * One worker thread: a resident piscina task that resolves when it is told to stop and rejects when its thread dies.
 * What this adds to piscina: a deadline for the start (a thread that fails to load wedges a pool), one end only
 * (a second `destroy` makes a pool replace the thread it is ending), links, and a control.
 * What it adds to comlink: calls that settle when the thread dies, and only the names of the list.
 */
class WorkerThread implements Thread {
  readonly place: PlaceId;
  readonly #options: WorkerThreadsOptions;
  readonly #data: MessagePort;
  readonly #link: PacedLink;
  readonly #control: MessagePort;
  readonly #pool: Piscina;
  readonly #ready: Promise<void>;
  /** Its task is over. */
  readonly #ended: Promise<ThreadExit>;
  /** Its last message has come, and the exit is told. */
  readonly #told: Promise<void>;
  readonly #calls = new Set<(error: Error) => void>();
  #exitListener: (exit: ThreadExit) => void = () => {};
  #exit: ThreadExit | undefined;
  #gone: ThreadExited | undefined;
  #stopping = false;
  #destroyed: Promise<void> | undefined;
  #lastUse: EventLoopUtilization | undefined;

  constructor(boot: ThreadBoot, options: WorkerThreadsOptions) {
    this.place = boot.place;
    this.#options = options;
    const { resourceLimits, env, execArgv } = options.worker ?? {};
    const data = new MessageChannel();
    const control = new MessageChannel();
    this.#data = data.port1;
    this.#link = new PacedLink(new PortLink(data.port1), options.clock);
    this.#control = control.port1;
    // No minimum: a thread that ended is not replaced here; a new life is a new place, and a new pool.
    this.#pool = new Piscina({
      filename: threadEntry("entry.cjs"),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: "disabled",
      workerData: hubThreadData("actors"),
      ...(resourceLimits === undefined ? {} : { resourceLimits: { ...resourceLimits } }),
      ...(env === undefined ? {} : { env: { ...env } }),
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    });
    this.#ready = new Promise((resolve) => {
      this.#data.on("message", (message: Packet | { readonly ready: true }) => {
        if ("ready" in message) resolve();
      });
    });
    const task = { boot, control: control.port2, data: data.port2, observer: options.observer };
    // What fails outside a task (the entry cannot be loaded, a throw after the end) is an event of the pool.
    const outside = once(this.#pool, "error").then(([error]) => Promise.reject(error));
    const resident = Promise.race([this.#pool.run(task, { transferList: [control.port2, data.port2] }), outside]);
    this.#ended = resident.then(
      () => (this.#stopping ? { kind: "stopped" } : { kind: "died", error: new Error("it ended without an order to stop") }),
      (error: unknown) => ({ kind: "died", error: error instanceof Error ? error : new Error(`it threw ${String(error)}`) }),
    );
    this.#told = this.#ended.then(async (exit) => {
      this.#failCalls(exit);
      await this.#within(this.#link.drained() ?? Promise.resolve(), drainMs);
      await this.#end(exit);
    });
  }

  async start(): Promise<ThreadControl> {
    const { startTimeoutMs } = this.#options;
    const first = await this.#within(Promise.race([this.#ready, this.#ended]), startTimeoutMs);
    if (first === undefined) return this.#guarded(wrap<ControlPort>(nodeEndpoint(this.#control)));
    this.#stopping = true;
    await this.#destroy();
    if (first === "late") {
      throw new StartFailed(
        `${placeInWords(this.place)} did not load its actors within ${startTimeoutMs} ms`,
        placeFields(this.place),
      );
    }
    const cause = first.kind === "died" ? first.error : new Error("it was stopped");
    throw new StartFailed(`${placeInWords(this.place)} could not start: ${cause.message}`, placeFields(this.place), cause);
  }

  send(packet: Packet): void {
    if (this.#exit !== undefined) return;
    // A relayed packet is a view into its datagram: posted as it is, it would take the whole datagram along.
    const bytes = ownedCopy(packet.bytes);
    this.#link.send({ ...packet, bytes });
  }

  /** The share of the time since it was asked last in which the thread's event loop was busy. */
  eventLoop(): number {
    const [worker] = this.#pool.threads;
    if (worker === undefined) return 0;
    const use = worker.performance.eventLoopUtilization();
    const { utilization } = worker.performance.eventLoopUtilization(use, this.#lastUse);
    this.#lastUse = use;
    return utilization;
  }

  /** Gives the thread its end of a direct link to another. */
  link(peer: PlaceId, port: MessagePort): void {
    this.#data.postMessage({ link: peer, port }, [port]);
  }

  onMessage(listener: (packet: Packet) => void): void {
    this.#link.onPacket(listener);
  }

  onExit(listener: (exit: ThreadExit) => void): void {
    this.#exitListener = listener;
    if (this.#exit !== undefined) listener(this.#exit);
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    if (this.#exit === undefined) this.#data.postMessage({ stop: true });
    if ((await this.#within(this.#ended, deadlineMs)) === "late") await this.#destroy();
    await this.#told;
  }

  async #end(exit: ThreadExit): Promise<void> {
    this.#exit = this.#stopping ? { kind: "stopped" } : exit;
    this.#control.close();
    this.#link.close();
    this.#exitListener(this.#exit);
    await this.#destroy();
  }

  #destroy(): Promise<void> {
    this.#destroyed ??= this.#pool.destroy();
    return this.#destroyed;
  }

  async #within<T>(work: Promise<T>, ms: number): Promise<T | "late"> {
    let late = (): void => {};
    const deadline = new Promise<"late">((resolve) => {
      late = () => resolve("late");
    });
    const timer = this.#options.clock.setTimeout(late, ms);
    const first = await Promise.race([work, deadline]);
    timer.cancel();
    return first;
  }

  #failCalls(exit: ThreadExit): void {
    const cause = exit.kind === "died" ? exit.error : undefined;
    const why = cause === undefined ? "" : `: ${cause.message}`;
    this.#gone = new ThreadExited(`${placeInWords(this.place)} has ended${why}`, placeFields(this.place), cause);
    for (const fail of this.#calls) fail(this.#gone);
    this.#calls.clear();
  }

  /** A comlink call in flight when the worker dies stays pending for ever: each is raced with the end. */
  #guarded(remote: Remote<ControlPort>): ThreadControl {
    const call = (name: keyof ThreadControl, args: readonly unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        if (this.#gone !== undefined) throw this.#gone;
        // As messages travel: structured clone would lose what an error in an argument has.
        const bytes = ownedCopy(encodeMessage(args, name));
        this.#calls.add(reject);
        remote[name](bytes)
          .then((result) => resolve(decode(result)), reject)
          .finally(() => this.#calls.delete(reject));
      });
    void this.#ended.then(() => remote[releaseProxy]());
    const control = threadControlNames.map((name) => [name, (...args: readonly unknown[]) => call(name, args)]);
    return Object.fromEntries(control) as ThreadControl;
  }
}

/** Real worker threads, each the one resident of a piscina pool of its own. */
export class WorkerThreads implements Threads {
  readonly #options: WorkerThreadsOptions;
  readonly jobs: WorkerJobs;
  readonly #threads = new Set<WorkerThread>();

  constructor(options: WorkerThreadsOptions) {
    this.#options = options;
    this.jobs = new WorkerJobs(options.jobThreads ?? 1);
  }

  spawn(boot: ThreadBoot): WorkerThread {
    const thread = new WorkerThread(boot, this.#options);
    this.#threads.add(thread);
    return thread;
  }

  /** The use of the busiest event loop since it was asked last: 0 idle, 1 never idle. */
  eventLoop(): number {
    return Math.max(0, ...[...this.#threads].map((thread) => thread.eventLoop()));
  }

  connect(a: WorkerThread, b: WorkerThread): void {
    const { port1, port2 } = new MessageChannel();
    a.link(b.place, port1);
    b.link(a.place, port2);
  }

  async close(): Promise<void> {
    await Promise.all([this.jobs.close(), ...[...this.#threads].map((thread) => thread.stop(1_000))]);
    this.#threads.clear();
  }
}
