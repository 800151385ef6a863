/**
 * What a thread counts, in memory that outlives it: the host reads the last figures of a thread that died.
 * One writer (the thread), so plain stores do.
 * Without that memory the messages lost with a thread could not be counted.
 */
export const counterNames = [
  "sent", // messages made here
  "received", // messages that came in over a link
  "posted", // messages that went out over a link, forwarded and transferred ones included
  "handled",
  "refused",
  "expired",
  "deadLettered",
  "asks",
  "askTimeouts",
  "restarts",
  "statesLost",
  "movedOut",
  "movedIn",
  "moveInFlight", // messages that were buffered, forwarded or transferred by moves
  "longestPauseMs",
  "forwarded",
  "bounced",
  "badFrames",
  "bytesOut",
  "bytesIn",
  "tasks", // as they are now, no sum
  "streams", // as they are now: those that actors give
  "tasksBegun",
  "tasksFailed",
  "standbyActors", // as they are now, no sums: actors of which another node has a standby
  "standbyBehind", // messages handled that no standby has yet
  "standbyBehindSinceMs", // since when the one that waits longest waits; 0: none does
] as const;

/** The name of a counter. */
export type CounterName = (typeof counterNames)[number];

/** The place of each counter in the array. */
export const counterIndex = Object.freeze(Object.fromEntries(counterNames.map((name, i) => [name, i]))) as Readonly<
  Record<CounterName, number>
>;

/** Fresh counters, all zero, in shared memory. */
export function createCounters(): Float64Array {
  return new Float64Array(new SharedArrayBuffer(counterNames.length * Float64Array.BYTES_PER_ELEMENT));
}

/** The figures by name. */
export function readCounters(counters: Float64Array): Record<CounterName, number> {
  return Object.fromEntries(counterNames.map((name, i) => [name, counters[i] ?? 0])) as Record<CounterName, number>;
}
