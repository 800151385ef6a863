/** Jobs as a node sees them: a function of a module, run once, away from the actors. */
import type { Bytes } from "./codec.js";
import type { UnhandledKind } from "./service-frames.js";
import type { WireError } from "./wire-error.js";

/** One job: the module whose default export runs, and what it gets. */
export interface Job {
  /** A `file:`, `data:` or `node:` URL. */
  readonly module: string;
  readonly input: Bytes;
}

/** An error that nobody handled in a thread beside those of the actors. */
export interface StrayError {
  readonly kind: UnhandledKind;
  readonly error: WireError;
}

/** One in the thread of a job, after the job that left it behind had ended. */
export interface StrayJobError extends StrayError {
  /** The job's module; absent when it is not known. */
  readonly module?: string | undefined;
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
  /** Who hears of stray errors; without it nobody does. */
  onStray?(listener: (stray: StrayJobError) => void): void;
  /** Ends what is left. */
  close(): Promise<void>;
}
