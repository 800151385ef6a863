/*
 * Splits a list into messages that a transport can carry.
 * Without it a node with many actors, or large arguments, would send a message that is too large and lose it.
 */
import { encodeMessage } from "@process-hub/protocol";

/** A list in runs of at most `count` items; each is halved until it takes at most `maxBytes`, or is one item. */
export function runs<T>(items: readonly T[], count: number, maxBytes: number): (readonly T[])[] {
  return [...eachRun(items, count, maxBytes)];
}

/** The same, one after the other: a run is measured when it is asked for. */
export function* eachRun<T>(items: readonly T[], count: number, maxBytes: number): Generator<readonly T[], void, undefined> {
  for (let i = 0; i < items.length; i += count) yield* fitting(items.slice(i, i + count), maxBytes);
}

function* fitting<T>(some: readonly T[], maxBytes: number): Generator<readonly T[], void, undefined> {
  if (some.length < 2 || maxBytes === Number.POSITIVE_INFINITY || encodeMessage(some).byteLength <= maxBytes) {
    yield some;
    return;
  }
  yield* fitting(some.slice(0, some.length >> 1), maxBytes);
  yield* fitting(some.slice(some.length >> 1), maxBytes);
}
