/*
 * The time of the machine, for durations.
 * Without one place for it a test could not set the time.
 */
/** The monotonic time in milliseconds. */
export function realNow(): number {
  return performance.now();
}
