/**
 * Runs one job in the thread of a job: its module, its input, its answer.
 * Without it what a job throws, or cannot return, would end the thread instead of being its answer.
 */
import {
  type Bytes,
  decode,
  encode,
  exportedParts,
  type Job,
  StartFailed,
  toWireError,
  type WireError,
} from "@process-hub/protocol";

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

/** Runs a job in this thread. Never rejects: what its function throws is the answer. */
export async function runJob(
  { module, input }: Job,
  load: (module: string) => Promise<JobFunction> = importJob,
): Promise<JobAnswer> {
  try {
    const job = await load(module);
    return { output: encode(await job(decode(input)), "output") };
  } catch (error) {
    return { error: toWireError(error) };
  }
}
