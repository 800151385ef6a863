/**
 * Jobs away from the threads of the actors, in a pool that grows with them and shrinks when it idles.
 * Without it CPU-heavy work would keep the actors of its thread waiting.
 */
import {
  type Bytes,
  fromWireError,
  hubThreadData,
  type Job,
  type Jobs,
  type StrayJobError,
  ThreadExited,
  type WireError,
} from "@process-hub/protocol";
import { Piscina } from "piscina";
import { threadEntry } from "./thread-entry.js";

/** The answer of the entry: see `runJob` of the thread side. */
type JobAnswer = { readonly output: Bytes } | { readonly error: WireError };

const idleMs = 10_000;

/**
 * Jobs on threads of their own: a second piscina pool, since the actors' threads are taken for good by their residents. Its threads come
 * with the first job and go when they are idle. What this adds to piscina: errors that keep class and code, and a name for a thread's end.
 */
export class WorkerJobs implements Jobs {
  readonly #threads: number;
  #pool: Piscina | undefined;
  #closed = false;
  #stray: (stray: StrayJobError) => void = () => {};

  constructor(threads: number) {
    this.#threads = threads;
  }

  async run(job: Job, signal: AbortSignal): Promise<Bytes> {
    signal.throwIfAborted();
    let answer: JobAnswer;
    try {
      answer = await this.#open().run(job, { signal });
    } catch (error) {
      signal.throwIfAborted();
      const text = error instanceof Error ? error.message : String(error);
      throw new ThreadExited(`the thread of a job ended under it: ${text}`, { module: job.module }, error);
    }
    if ("error" in answer) throw fromWireError(answer.error);
    return answer.output;
  }

  onStray(listener: (stray: StrayJobError) => void): void {
    this.#stray = listener;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.destroy();
  }

  #open(): Piscina {
    if (this.#closed) throw new Error("the node is closed");
    if (this.#pool !== undefined) return this.#pool;
    this.#pool = new Piscina({
      filename: threadEntry("job-entry.cjs"),
      minThreads: 0,
      maxThreads: this.#threads,
      idleTimeout: idleMs,
      atomics: "disabled",
      workerData: hubThreadData("jobs"),
    });
    this.#pool.on("message", (message: { readonly stray?: StrayJobError }) => {
      if (message.stray !== undefined) this.#stray(message.stray);
    });
    // What a job left behind may end its thread later: that one is replaced, and nobody waits for it.
    this.#pool.on("error", () => {});
    return this.#pool;
  }
}
