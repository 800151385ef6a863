/*
 * What a program of the suite is: actors, sizes, the result that must come out, and the run that brings it out.
 * Without it the runner would know each program by itself.
 */
import type { Hub } from "process-hub";
import type { AnyActor, AskOptions } from "process-hub/actor";

/** `small`: well under a second, for tests. `full`: long enough to measure. */
export type SizeName = "small" | "full";

/** One program of the suite. */
export interface Program<Size = unknown, Result = unknown> {
  readonly name: string;
  readonly actors: readonly AnyActor[];
  readonly sizes: Readonly<Record<SizeName, Size>>;
  /** The result by a closed formula, or by a plain computation in one thread that shares no actor with `run`. */
  expected(size: Size): Result;
  /** Starts the actors on the hub, has them work, and resolves with their result. Exact means: deeply equal to `expected`. */
  run(hub: Hub, size: Size): Promise<Result>;
}

/** Infers the types of a program, and gives it as the list of all programs holds it. */
export function program<Size, Result>(one: Program<Size, Result>): Program {
  return one;
}

/** For asks whose answer is a whole run of the work. */
export const patient: AskOptions = { timeoutMs: 120_000 };
