import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";
import { WhilePaused } from "./while-paused.js";

/**
 * `size`: how many nodes a side must have to serve. `confirmAtStart`: whether a node serves only once it has seen so many; default true.
 * `whilePaused`: "stop" (default) or "freeze".
 */
export const StaticQuorumSettings = z.strictObject({
  size: z.int().min(1).max(10_000).describe("a whole number from 1 to 10000"),
  confirmAtStart: z.boolean().default(true).describe("true or false"),
  whilePaused: WhilePaused,
});
export type StaticQuorumSettings = z.output<typeof StaticQuorumSettings>;

const Confirmed = z.strictObject({ confirmed: z.boolean() }).readonly();

/**
 * Serves where at least `size` nodes see each other.
 * Without it a cluster of a known size would have to learn that size first, and could serve too early while it does.
 *
 * Safe only while `size` is more than half of all nodes there will ever be at once: with less, both sides of a cut can have it.
 *
 * With `confirmAtStart: false` a node serves from its first moment, and the quorum counts from when it was first there: a cluster that grows node by
 * node serves meanwhile. The price: nodes that start during a cut, or that never see `size` others, serve on both sides.
 *
 * @throws HubConfigError
 */
export const staticQuorum = defineStrategy({
  family: "partition",
  name: "staticQuorum",
  module: import.meta.url,
  settings: StaticQuorumSettings,
  memory: Confirmed,
  decide: ({ size, confirmAtStart, whilePaused }) => ({
    initialMemory: Object.freeze({ confirmed: confirmAtStart }),
    remember: ({ nodes }, { confirmed }) => ({ confirmed: confirmed || nodes.length >= size }),
    tell: (memory) => memory,
    // A node that joins a side which has lost its quorum does not begin anew.
    learn: ({ confirmed }, told) => ({ confirmed: confirmed || Confirmed.safeParse(told).data?.confirmed === true }),
    verdict: ({ nodes }, { confirmed }) => (confirmed && nodes.length < size ? "pause" : "serve"),
    whilePaused,
  }),
});
