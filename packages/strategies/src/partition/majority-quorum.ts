import { HubConfigError } from "@process-hub/protocol";
import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";
import { majorityOf, WhilePaused } from "./while-paused.js";

/**
 * `initialSize`: the size of the cluster before a larger one was seen, default 1. `trackMax`: whether larger ones count, default true;
 * with false the size stays `initialSize`, which must then be given. `whilePaused`: "stop" (default) or "freeze".
 */
export const MajorityQuorumSettings = z.strictObject({
  initialSize: z.int().min(1).max(10_000).default(1).describe("a whole number from 1 to 10000"),
  trackMax: z.boolean().default(true).describe("true or false"),
  whilePaused: WhilePaused,
});
export type MajorityQuorumSettings = z.output<typeof MajorityQuorumSettings>;

/**
 * Serves where more than half of the largest cluster seen is; an even split serves nowhere.
 * Without it both sides of a cut would run the same actors.
 *
 * Nodes that say goodbye make the cluster smaller; nodes that vanish do not, until `hub.resetClusterSize`. It counts nodes, not names: add none while the
 * network is cut, they would count for the side they join. A node of a fresh cluster serves alone unless `initialSize` says that there are more.
 *
 * @throws HubConfigError
 */
export const majorityQuorum = defineStrategy({
  family: "partition",
  name: "majorityQuorum",
  module: import.meta.url,
  settings: MajorityQuorumSettings,
  memory: z.strictObject({ size: z.int() }).readonly(),
  decide({ initialSize, trackMax, whilePaused }) {
    if (!trackMax && initialSize === 1) throw sizeMissing();
    return {
      initialMemory: Object.freeze({ size: initialSize }),
      remember: ({ nodes }, { size }, _atMs, left = []) => ({
        size: trackMax ? Math.max(1, nodes.length, size - left.length) : size,
      }),
      verdict: ({ nodes }, { size }) => (nodes.length >= majorityOf(size) ? "serve" : "pause"),
      reset: (_memory, size) => ({ size }),
      whilePaused,
    };
  },
});

function sizeMissing(): HubConfigError {
  const path = "majorityQuorum.initialSize";
  const allowed = "the size of the cluster, at least 2, where trackMax is false";
  return new HubConfigError(`${path}: given 1, allowed is ${allowed}`, { path, given: "1", allowed });
}
