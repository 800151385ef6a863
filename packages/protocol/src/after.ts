/** A pause by the clock that is given. Without it every wait would be a promise written by hand, or a timer of the machine. */
import type { Clock } from "./clock.js";

/** Resolves when `ms` milliseconds have passed. */
export function after(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimeout(resolve, ms));
}
