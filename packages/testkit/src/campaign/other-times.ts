/*
 * The times by which the nodes of a life may differ, and by how much.
 * Without it a life with such nodes and its judge could go by different bounds.
 */

/** How many times as long as by default the longest of a life's times are. */
export const longestTimes = 2;

/** The times by which nodes give each other, and what is on the way, up, in ms, so many times as long as by default. */
export function timesOf(factor: number): Record<"heartbeatIntervalMs" | "suspectAfterMs" | "downAfterMs" | "deliveryMs", number> {
  const membership = { heartbeatIntervalMs: 500 * factor, suspectAfterMs: 1_000 * factor, downAfterMs: 2_000 * factor };
  return { ...membership, deliveryMs: 30_000 * factor };
}
