/*
 * The times by which the nodes of a life may differ, and by how much.
 * Without it a life with such nodes and its judge could go by different bounds.
 */

/** How many times as long as by default the longest of a life's times are. */
export const longestTimes = 2;

/** The times by which nodes give each other up, in ms, so many times as long as by default. */
export function timesOf(factor: number): { heartbeatIntervalMs: number; suspectAfterMs: number; downAfterMs: number } {
  return { heartbeatIntervalMs: 500 * factor, suspectAfterMs: 1_000 * factor, downAfterMs: 2_000 * factor };
}
