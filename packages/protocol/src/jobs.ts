/** Jobs as a node sees them: a function of a module, run once, away from the actors. */
import type { Bytes } from "./codec.js";

/** One job: the module whose default export runs, and what it gets. */
export interface Job {
  /** A `file:`, `data:` or `node:` URL. */
  readonly module: string;
  readonly input: Bytes;
}

/**
 * Runs the jobs of one node; how many at once is for the caller to bound.
 * Without this interface a node would know how its job threads are made, and no test could run jobs inline.
 */
export interface Jobs {
  /**
   * Resolves with what the function returned. Rejects with what it threw, class and code kept; with `StartFailed` when the module has no
   * such function; with `ThreadExited` when its thread ended under it; with the signal's reason when that aborts.
   */
  run(job: Job, signal: AbortSignal): Promise<Bytes>;
  /** Ends what is left. */
  close(): Promise<void>;
}
