import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";
import { avalanche } from "../ring/hash32.js";

/** `syncIntervalMs`: time between two repairs, default 10000. `recipients`: peers a node passes a batch on to, default 3. */
export const GossipSettings = z.strictObject({
  syncIntervalMs: z.int().min(10).max(3_600_000).default(10_000).describe("whole milliseconds from 10 to 3600000"),
  recipients: z.int().min(1).max(1_000).default(3).describe("a whole number from 1 to 1000"),
});
export type GossipSettings = z.output<typeof GossipSettings>;

/**
 * Sends each registry change to a few peers by chance, which pass it on to others that have not heard it: the cost for one node does not grow
 * with the cluster. What a lost node did not pass on is found by the repairs, each with as few peers.
 * Without it each node of a large cluster would send every change to all the others.
 *
 * @throws HubConfigError
 * @see Demers et al., "Epidemic algorithms for replicated database maintenance", PODC 1987
 */
export const gossip = defineStrategy({
  family: "synchronization",
  name: "gossip",
  module: import.meta.url,
  settings: GossipSettings,
  // Who passes a batch on says to whom.
  mayDiffer: ["syncIntervalMs", "recipients"],
  decide: ({ syncIntervalMs, recipients }) => ({
    spread({ self, peers, heard, seed }) {
      const known = new Set([self, ...heard]);
      // Sorted, so that a seed gives the same peers however they are listed.
      const rest = [...new Set(peers)].filter((peer) => !known.has(peer)).sort();
      return drawn(rest, recipients, seed);
    },
    repairPeers: recipients,
    repairEveryMs: syncIntervalMs,
  }),
});

const GOLDEN = 0x9e3779b9;

/** `count` of the names by chance: the first steps of a Fisher-Yates shuffle. */
function drawn(names: readonly string[], count: number, seed: number): string[] {
  const left = [...names];
  const taken: string[] = [];
  for (let step = 1; taken.length < count && left.length > 0; step++) {
    const chance = avalanche(avalanche(seed) + Math.imul(step, GOLDEN)) / 2 ** 32;
    taken.push(...left.splice(Math.floor(chance * left.length), 1));
  }
  return taken;
}
