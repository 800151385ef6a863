import { HubConfigError } from "@process-hub/protocol";
import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";
import { majorityOf, WhilePaused } from "./while-paused.js";

/** How many goodbyes a node remembers: a member may tell of a size that counts them still. */
const leftSize = 64;

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

const Count = z
  .strictObject({
    size: z.int().positive(),
    /** How often an operator has set the size. */
    resets: z.int().nonnegative(),
    /** The latest that said goodbye, and have not come back: the size is without them. */
    left: z.array(z.string()).max(leftSize).readonly(),
  })
  .readonly();
type Count = z.infer<typeof Count>;

/**
 * Serves where more than half of the largest cluster seen is; an even split serves nowhere.
 * Without it both sides of a cut would run the same actors.
 *
 * Nodes that say goodbye make the cluster smaller; nodes that vanish do not, until `hub.resetClusterSize`. It counts nodes, not names: add none while the
 * network is cut, they would count for the side they join. A node of a fresh cluster serves alone unless `initialSize` says that there are more.
 * A node that joins counts by what the others know: their size, who has left, an operator's reset.
 *
 * @throws HubConfigError
 */
export const majorityQuorum = defineStrategy({
  family: "partition",
  name: "majorityQuorum",
  module: import.meta.url,
  settings: MajorityQuorumSettings,
  memory: Count,
  decide({ initialSize, trackMax, whilePaused }) {
    if (!trackMax && initialSize === 1) throw sizeMissing();
    const initialMemory = Object.freeze<Count>({ size: initialSize, resets: 0, left: [] });
    return {
      initialMemory,
      remember({ nodes }, { size, resets, left: before }, _atMs, left = []): Count {
        const news = left.filter((name) => !before.includes(name));
        const gone = before.filter((name) => !nodes.some(({ node }) => node === name));
        const counted = trackMax ? Math.max(1, nodes.length, size - news.length) : size;
        return { size: counted, resets, left: [...gone, ...news].slice(-leftSize) };
      },
      tell: (memory) => memory,
      learn(memory, told): Count {
        const { data } = Count.safeParse(told);
        if (data === undefined || data.resets < memory.resets) return memory;
        const { size, resets, left } = memory;
        // A node that knows nothing yet takes over what the group has come to, however long ago.
        if (data.resets > resets || (resets === 0 && left.length === 0 && size === initialSize)) return data;
        const mine = left.filter((name) => !data.left.includes(name));
        const theirs = data.left.filter((name) => !left.includes(name));
        // Each may have heard of goodbyes that the other has not; of joins each counts what it saw.
        const counted = trackMax ? Math.max(1, size - theirs.length, data.size - mine.length) : size;
        return { size: counted, resets, left: [...left, ...theirs].slice(-leftSize) };
      },
      verdict: ({ nodes }, { size }) => (nodes.length >= majorityOf(size) ? "serve" : "pause"),
      reset: ({ resets }, size): Count => ({ size, resets: resets + 1, left: [] }),
      whilePaused,
    };
  },
});

function sizeMissing(): HubConfigError {
  const path = "majorityQuorum.initialSize";
  const allowed = "the size of the cluster, at least 2, where trackMax is false";
  return new HubConfigError(`${path}: given 1, allowed is ${allowed}`, { path, given: "1", allowed });
}
