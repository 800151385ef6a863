/*
 * Splits a list into messages that a transport can carry.
 * Without it a node with many actors, or large arguments, would send a message that is too large and lose it.
 */
import { encode } from "@process-hub/protocol";

/** A list in runs of at most `count` items; each is halved until it takes at most `maxBytes`, or is one item. */
export function runs<T>(items: readonly T[], count: number, maxBytes: number): (readonly T[])[] {
  const all: (readonly T[])[] = [];
  const add = (some: readonly T[]): void => {
    if (some.length < 2 || maxBytes === Number.POSITIVE_INFINITY || encode(some).byteLength <= maxBytes) all.push(some);
    else {
      add(some.slice(0, some.length >> 1));
      add(some.slice(some.length >> 1));
    }
  };
  for (let i = 0; i < items.length; i += count) add(items.slice(i, i + count));
  return all;
}
