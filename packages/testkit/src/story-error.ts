/*
 * Adds the seed and a trace to an error that a story throws.
 * Without it a failed assertion of a user's test could not be repeated or understood.
 */
import type { Cell } from "@process-hub/actor";
import type { HistoryEvent } from "./history.js";
import { startAtMs } from "./scheduler.js";
import { SimulationError } from "./simulation-error.js";
import { traceOf } from "./trace.js";

/** A handler that takes this much virtual time waits for something outside virtual time. */
const longMs = 1_000;
const traceLines = 30;

/** The state of a story when it threw an error, as a `Simulation` has it. */
export interface StorySoFar {
  readonly seed: number;
  readonly nowMs: number;
  readonly history: { readonly events: readonly HistoryEvent[] };
  cells(): readonly {
    readonly cell: Pick<Cell, "id" | "inHand" | "handlerSinceMs"> & { readonly host: Pick<Cell["host"], "now"> };
  }[];
}

/**
 * The error of a story, with the seed and the end of the trace after its message. It stays the same object, of its class and with its
 * fields, so that a test runner shows it as usual. A thrown value that is no error, or cannot be changed, becomes the `cause` of a
 * `SimulationError` that begins with its message.
 */
export function storyError(thrown: unknown, story: StorySoFar): unknown {
  if (thrown instanceof SimulationError) return thrown;
  const { seed, nowMs, history } = story;
  const at = `seed ${seed}: the story ended here, at ${(nowMs - startAtMs).toFixed(2)} ms; the same seed tells it again`;
  const trace = traceOf(undefined, history.events, startAtMs, traceLines);
  const tail = [at, ...slowHandlers(story).map((hint) => `  - ${hint}`), ...(trace === "" ? [] : [trace])].join("\n");
  if (thrown instanceof Error && append(thrown, tail)) return thrown;
  const said = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `the story threw ${String(thrown)}`;
  return new SimulationError(seed, slowHandlers(story), history.events, {
    thrown: { cause: thrown, message: `${said}\n\n${tail}` },
  });
}

/** Handlers that wait for something outside virtual time, in words. */
export function slowHandlers(story: Pick<StorySoFar, "cells">): string[] {
  return story.cells().flatMap(({ cell: { id, inHand, handlerSinceMs, host } }) => {
    // By the clock of its own machine.
    const ms = host.now() - handlerSinceMs;
    if (inHand === undefined || ms < longMs) return [];
    return [
      `${id} has been handling ${inHand.name} for ${ms.toFixed(0)} ms of virtual time: what a handler awaits of the real world (a timer, a socket, a file) takes no virtual time, and that goes on without it`,
    ];
  });
}

/** Adds to the message, and to the stack, which begins with it. False for an error that cannot be changed. */
function append(error: Error, tail: string): boolean {
  const { message, stack } = error;
  const longer = `${message}\n\n${tail}`;
  try {
    error.message = longer;
    if (stack?.includes(message)) error.stack = stack.replace(message, () => longer);
    return error.message === longer;
  } catch {
    return false;
  }
}
