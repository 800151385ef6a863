/*
 * What becomes of a thread when something throws, or a promise rejects, outside of all handlers.
 * Without it one forgotten `await` in one actor would end the thread, and with it the states of all the others.
 */
import { type StrayError, toWireError, type UnhandledKind } from "@process-hub/protocol";

/** The part of Node's `process` that a thread needs. */
export interface StrayProcess {
  on(event: "uncaughtException", listener: (error: unknown) => void): unknown;
  on(event: "unhandledRejection", listener: (reason: unknown) => void): unknown;
}

/** Where stray errors come from, and who hears of them. */
export interface StrayErrorsPorts {
  readonly process: StrayProcess;
  /** True when the error is one of process-hub itself: what it was doing is half done, and the thread must not go on. */
  readonly isOwn: (error: unknown) => boolean;
  readonly tell: (kind: UnhandledKind, error: unknown) => void;
  /** Ends the thread with the error. */
  readonly end: (error: unknown) => void;
}

/** Keeps a thread going after the stray errors of what it runs: Node would end it. Listeners of the actors' own modules hear of them as well. */
export function surviveStrayErrors({ process, isOwn, tell, end }: StrayErrorsPorts): void {
  process.on("uncaughtException", (error) => {
    if (isOwn(error)) end(error);
    else tell("exception", error);
  });
  process.on("unhandledRejection", (reason) => {
    if (isOwn(reason)) end(reason);
    else tell("rejection", reason);
  });
}

/** Keeps a thread going that runs nothing of process-hub's own to be left half done: the thread of a strategy. `tell`: hears of each error as it travels. */
export function tellStrayErrors(process: StrayProcess, tell: (stray: StrayError) => void): void {
  surviveStrayErrors({
    process,
    isOwn: () => false,
    tell: (kind, error) => tell({ kind, error: toWireError(error) }),
    end: () => {},
  });
}

/** Knows the errors that came out of the thread's own work: of packets, turns and timers, where no code of an actor may throw. */
export class OwnErrors {
  readonly #seen = new WeakSet<object>();

  has(error: unknown): boolean {
    return typeof error === "object" && error !== null && this.#seen.has(error);
  }

  /** The same function; what it throws is an error of the thread's own. */
  guard<Args extends unknown[]>(work: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      try {
        work(...args);
      } catch (error) {
        if (typeof error === "object" && error !== null) this.#seen.add(error);
        throw error;
      }
    };
  }
}
