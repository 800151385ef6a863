import { HubConfigError } from "@process-hub/protocol";
import { hash32 } from "../ring/hash32.js";

const THREAD_SEED = 0x74687265;

/**
 * The thread, from 0 to `threads` - 1, that an id belongs to on whatever node runs it.
 * Without it the ids of one node, which are neighbours on the ring, could crowd on one of its threads.
 *
 * Even over the threads, and independent of the ring: the ids of one node spread as evenly as all ids do.
 *
 * @throws HubConfigError when `threads` is not a whole number of at least 1
 */
export function threadOf(id: string, threads: number): number {
  if (!Number.isInteger(threads) || threads < 1) {
    const allowed = "a whole number of at least 1";
    throw new HubConfigError(`threads: given ${threads}, allowed is ${allowed}`, {
      path: "threads",
      given: String(threads),
      allowed,
    });
  }
  return Math.floor((hash32(id, THREAD_SEED) / 2 ** 32) * threads);
}
