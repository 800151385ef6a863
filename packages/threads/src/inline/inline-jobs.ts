import { type Bytes, fromWireError, type Job, type Jobs } from "@process-hub/protocol";
import { importJob, runJob } from "../worker/index.js";

/**
 * Jobs in the calling thread, for tests and simulation: at their turn, and to their end.
 * Without it a simulation would need job threads, whose timing no seed repeats.
 */
export class InlineJobs implements Jobs {
  readonly #imports = new Set<Promise<unknown>>();

  /** True while a module is being imported: that takes real time, during which virtual time must stand still. */
  get importing(): boolean {
    return this.#imports.size > 0;
  }

  /** Settles when no module is being imported. */
  async imported(): Promise<void> {
    while (this.#imports.size > 0) await Promise.allSettled(this.#imports);
  }

  async run(job: Job, signal: AbortSignal): Promise<Bytes> {
    signal.throwIfAborted();
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
    );
    const answer = await Promise.race([runJob(job, (module) => this.#import(module)), aborted]);
    if ("error" in answer) throw fromWireError(answer.error);
    return answer.output;
  }

  async close(): Promise<void> {}

  #import(module: string): ReturnType<typeof importJob> {
    const load = importJob(module);
    this.#imports.add(load);
    const done = (): boolean => this.#imports.delete(load);
    load.then(done, done);
    return load;
  }
}
