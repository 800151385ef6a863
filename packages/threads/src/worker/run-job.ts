/**
 * Runs one job in the thread of a job: its module, its input, its answer.
 * Without it what a job throws, or cannot return, would end the thread instead of being its answer.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Bytes,
  decode,
  encode,
  exportedParts,
  type Job,
  StartFailed,
  type StrayJobError,
  toWireError,
  type UnhandledKind,
  type WireError,
} from "@process-hub/protocol";
import type { StrayProcess } from "./stray-errors.js";

/** The result of a job: the value its function returned, or the error it threw. */
export type JobAnswer = { readonly output: Bytes } | { readonly error: WireError };

type JobFunction = (input: unknown) => unknown;

/** The default export of a module. Rejects with `StartFailed` when the module cannot be imported, or exports no function as its default. */
export async function importJob(module: string): Promise<JobFunction> {
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await import(module);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new StartFailed(`the module of a job cannot be imported: ${text}`, { module }, error);
  }
  const job = exportedParts(exported)
    .map((part) => part.default)
    .find((value) => typeof value === "function");
  if (job !== undefined) return job as JobFunction;
  throw new StartFailed(`${module} has no job: export the function as the module's default`, { module });
}

/** A job of this thread; `fail` while it runs. */
interface Running {
  readonly module: string;
  fail: ((error: unknown) => void) | undefined;
}

/** Whose code runs, over all its awaits and timers. */
const running = new AsyncLocalStorage<Running>();

/**
 * Has the thread go on after an error that nobody handles. While the job that it comes from runs, it is that job's answer, since the job may
 * wait for ever; later, or when nobody knows whose it is, `tell` has it.
 */
export function surviveStrayJobErrors(process: StrayProcess, tell: (stray: StrayJobError) => void): void {
  const stray = (kind: UnhandledKind) => (error: unknown) => {
    const job = running.getStore();
    if (job?.fail !== undefined) job.fail(error);
    else tell({ module: job?.module, kind, error: toWireError(error) });
  };
  process.on("uncaughtException", stray("exception"));
  process.on("unhandledRejection", stray("rejection"));
}

/** Runs a job in this thread. Never rejects: what its function throws is the answer. */
export async function runJob(
  { module, input }: Job,
  load: (module: string) => Promise<JobFunction> = importJob,
): Promise<JobAnswer> {
  const own: Running = { module, fail: undefined };
  const failed = new Promise<never>((_, reject) => {
    own.fail = reject;
  });
  try {
    const output = running.run(own, async () => (await load(module))(decode(input)));
    return { output: encode(await Promise.race([output, failed]), "output") };
  } catch (error) {
    return { error: toWireError(error) };
  } finally {
    own.fail = undefined;
  }
}
