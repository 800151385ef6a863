import { expect, test } from "vitest";
import { counterIndex, counterNames, createCounters, readCounters } from "./counters.js";

test("every counter has a place of its own in shared memory, and is read back by its name", () => {
  const counters = createCounters();
  expect(counters.buffer).toBeInstanceOf(SharedArrayBuffer);
  for (const [i, name] of counterNames.entries()) counters[counterIndex[name]] = i + 1;
  expect(readCounters(counters)).toEqual(Object.fromEntries(counterNames.map((name, i) => [name, i + 1])));
});
