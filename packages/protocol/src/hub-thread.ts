/**
 * Marks the worker threads of a hub, so that no hub is made in one.
 * Without it a module that defines actors and makes a hub would make one in each thread of that hub, and in theirs, without end.
 */
import { HubConfigError } from "./errors.js";

/**
 * What a hub's own worker thread runs, and the hubs it was asked to make and refused. It is the thread's `workerData`, so all code in the thread
 * meets the same one, and a thread that code in it starts has its own.
 */
export interface HubThread {
  readonly runs: "actors" | "a strategy" | "jobs";
  readonly refused: HubConfigError[];
}

/** The `workerData` of a hub's own thread. */
export function hubThreadData(runs: HubThread["runs"]): { readonly processHubThread: HubThread } {
  return { processHubThread: { runs, refused: [] } };
}

/** The thread as its hub started it, from its `workerData`; undefined in the main thread and in threads that others started. */
export function hubThreadOf(workerData: unknown): HubThread | undefined {
  if (typeof workerData !== "object" || workerData === null || !("processHubThread" in workerData)) return undefined;
  return workerData.processHubThread as HubThread;
}

/**
 * Throws `HubConfigError` in a hub's own thread: it imports the modules of what it runs, so a module that makes a hub would do so in each
 * thread of that hub as well, without end. The thread remembers it, for code that does not wait for its hub or catches the error.
 */
export function refuseHubIn(thread: HubThread | undefined): void {
  if (thread === undefined) return;
  const allowed = "a hub outside its own threads";
  const error = new HubConfigError(
    `createHub was called in a thread that runs ${thread.runs} of a hub, which imports the modules of what it runs: put actors, strategies and ` +
      "jobs in modules of their own, or call createHub only `if (isMainThread)` (from node:worker_threads)",
    { path: "createHub", given: `a thread that runs ${thread.runs}`, allowed },
  );
  thread.refused.push(error);
  throw error;
}
