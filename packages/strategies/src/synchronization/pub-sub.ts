import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";

/** `syncIntervalMs`: time between two repairs, default 10000. */
export const PubSubSettings = z.strictObject({
  syncIntervalMs: z.int().min(10).max(3_600_000).default(10_000).describe("whole milliseconds from 10 to 3600000"),
});
export type PubSubSettings = z.output<typeof PubSubSettings>;

/**
 * Sends each registry change to all peers at once, and compares with them every `syncIntervalMs`. The default.
 * Without the comparison a change that the network lost would stay unknown to who missed it.
 *
 * @throws HubConfigError
 */
export const pubSub = defineStrategy({
  family: "synchronization",
  name: "pubSub",
  module: import.meta.url,
  settings: PubSubSettings,
  mayDiffer: ["syncIntervalMs"],
  decide: ({ syncIntervalMs }) => ({
    // Its author sends it to all: nobody passes it on.
    spread: ({ self, peers, heard }) => (heard.length > 0 ? [] : [...new Set(peers)].filter((peer) => peer !== self)),
    repairEveryMs: syncIntervalMs,
  }),
});
