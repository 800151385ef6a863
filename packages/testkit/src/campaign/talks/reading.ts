/*
 * Reads one stream as a reader of the campaign does: to its end, for a while, or until it is aborted; and writes down what came.
 * Without it the judge would not know which items a reader had when its stream ended.
 */
import type { AskOptions } from "@process-hub/actor";
import { type Failure, failureOf } from "../outcomes.js";

/** What a stream is asked for. Its items are the numbers from `from` to below `to`; a dry one throws instead of an end. */
export interface Flow {
  /** No two streams have one. */
  readonly n: number;
  readonly from: number;
  readonly to: number;
  /** How long its generator takes now and then. */
  readonly pauseMs: number;
}

/** What a reader had of its stream. */
export interface Reading extends Flow {
  readonly stream: "flow" | "dry";
  readonly got: readonly number[];
  /** It came to its end, its reader broke it off, or it failed, perhaps by its reader's abort. */
  readonly end: "whole" | "broken" | Failure;
}

/** When a reader takes no more items, and how it takes them. */
export interface Reader {
  /** After so many items it breaks off. */
  readonly take?: number;
  /** Resolves when it is to take the next one. */
  readonly pause: (items: number) => Promise<void>;
}

/** The stream of an actor. */
interface Streams {
  stream(message: "flow" | "dry", input: Flow, options: AskOptions): AsyncIterable<number>;
}

/** Reads a stream. Resolves with what came of it, whatever that is. */
export async function read(
  ref: Streams,
  stream: "flow" | "dry",
  flow: Flow,
  { take = Number.POSITIVE_INFINITY, pause }: Reader,
  options: AskOptions = {},
): Promise<Reading> {
  const got: number[] = [];
  try {
    for await (const item of ref.stream(stream, flow, options)) {
      if (got.push(item) >= take) return { ...flow, stream, got, end: "broken" };
      await pause(got.length);
    }
    return { ...flow, stream, got, end: "whole" };
  } catch (error) {
    return { ...flow, stream, got, end: failureOf(error) };
  }
}
