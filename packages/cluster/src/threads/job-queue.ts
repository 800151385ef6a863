/*
 * Runs the jobs of this node's actors, a few at a time, and keeps a bounded number waiting.
 * Without it actors could start more jobs than the machine can run, and a job of a dead thread would run on.
 */
import {
  AskTimeout,
  type Bytes,
  type Clock,
  HubClosed,
  type Jobs,
  MailboxFull,
  type PlaceId,
  placeFields,
  placeInWords,
  ThreadExited,
  type Timer,
  type ToMainFrame,
  type ToThreadFrame,
  toWireError,
} from "@process-hub/protocol";

/** The clock, limits and job threads of the queue, and whom it answers. */
export interface JobQueuePorts {
  readonly clock: Clock;
  readonly jobs: Jobs;
  /** How many jobs run at once, and how many may wait. */
  readonly limits: { readonly threads: number; readonly queue: number };
  /** Throws for a module that this node may not run. */
  readonly check: (module: string) => void;
  /** How long a job may run. */
  readonly timeoutMs: number;
  readonly answer: (to: PlaceId, frame: Extract<ToThreadFrame, { type: "jobDone" }>) => void;
}

interface QueuedJob {
  readonly module: string;
  readonly input: Bytes;
  readonly from: PlaceId;
  readonly controller: AbortController;
  readonly done: (error: unknown, output?: Bytes) => void;
}

/** The jobs of this node's actors: a few run, in the order they came; a bounded number waits; more are refused. */
export class JobQueue {
  readonly #ports: JobQueuePorts;
  readonly #queued = new Map<string, QueuedJob>();
  #waiting: QueuedJob[] = [];
  #running = 0;
  #closed = false;

  constructor(ports: JobQueuePorts) {
    this.#ports = ports;
  }

  /** An actor's thread asks for a job, and gets one answer, unless it aborts the job. */
  begin({ call, module, input }: Extract<ToMainFrame, { type: "job" }>, from: PlaceId): void {
    const { limits, answer } = this.#ports;
    const key = `${from}:${call}`;
    const done = (error: unknown, output?: Bytes): void => {
      if (!this.#queued.delete(key)) return;
      answer(
        from,
        output === undefined ? { type: "jobDone", call, error: toWireError(error) } : { type: "jobDone", call, output },
      );
    };
    const job: QueuedJob = { module, input, from, controller: new AbortController(), done };
    this.#queued.set(key, job);
    const refused = this.#refused(module);
    if (refused !== undefined) done(refused);
    else if (this.#closed) done(new HubClosed("ctx.job: the hub is closed", { module }));
    else if (this.#running < limits.threads) this.#run(job);
    else if (this.#waiting.length < limits.queue) this.#waiting.push(job);
    else {
      const text = `ctx.job: ${limits.queue} jobs of this node wait already, the limit (limits.jobs.queue); try again later`;
      done(new MailboxFull(text, { module }));
    }
  }

  /** Aborts a job that nobody waits for any more: it ends, or does not begin. */
  abort(call: number, from: PlaceId): void {
    this.#drop(`${from}:${call}`, new DOMException("nobody waits for the job", "AbortError"));
  }

  /** A thread ended: its jobs end. */
  placeDown(place: PlaceId): void {
    for (const [key, { from }] of this.#queued) {
      if (from === place) this.#drop(key, new ThreadExited(`${placeInWords(place)} has ended`, placeFields(place)));
    }
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    for (const { controller, done } of [...this.#queued.values()]) {
      const error = new HubClosed("ctx.job: the hub was closed before the job ended");
      done(error);
      controller.abort(error);
    }
  }

  #refused(module: string): unknown {
    try {
      this.#ports.check(module);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #drop(key: string, reason: Error): void {
    const job = this.#queued.get(key);
    if (job === undefined) return;
    this.#queued.delete(key);
    this.#waiting = this.#waiting.filter((other) => other !== job);
    job.controller.abort(reason);
  }

  #run(job: QueuedJob): void {
    const { clock, jobs, timeoutMs } = this.#ports;
    const { module, input, controller, done } = job;
    this.#running++;
    const timer: Timer = clock.setTimeout(() => {
      const error = new AskTimeout(`the job of ${module} did not end within ${timeoutMs} ms (timings.jobTimeoutMs)`, { module });
      done(error);
      controller.abort(error);
    }, timeoutMs);
    jobs
      .run({ module, input }, controller.signal)
      .then(
        (output) => done(undefined, output),
        (error: unknown) => done(error),
      )
      .finally(() => {
        timer.cancel();
        this.#running--;
        const next = this.#waiting.shift();
        if (next !== undefined) this.#run(next);
      });
  }
}
