import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";
import { settingIsWrong } from "../settings.js";

/**
 * `factor`: replicas of each actor, at least 2, or "cluster" for one on every node; default 2.
 * `model`: whether all replicas serve or one does and the others stand by; default "active-passive".
 * `signal`: which replicas hear of their mode through `lifecycle.signal`; default "none".
 * `standby`: whether passive replicas get the active one's state after what it handled, so that nothing starts anew when one takes over; default true.
 * `acknowledge`: what an actor sent while it handled a message, its reply above all, leaves when nobody ("none"), one standby, or more than half of its
 * standbys ("majority") must still hear of the state it was sent from; default "none". While too few standbys are within reach, it waits; where the nodes allow none, it does not.
 */
export const ReplicationSettings = z.strictObject({
  factor: z
    .union([z.int().min(2).max(1_000), z.literal("cluster")])
    .default(2)
    .describe('a whole number from 2 to 1000, or "cluster"'),
  model: z.enum(["active-active", "active-passive"]).default("active-passive").describe('"active-active" or "active-passive"'),
  signal: z.enum(["none", "active", "passive", "all"]).default("none").describe('"none", "active", "passive" or "all"'),
  standby: z.boolean().default(true).describe("true or false"),
  acknowledge: z.enum(["none", "standby", "majority"]).default("none").describe('"none", "standby" or "majority"'),
});
export type ReplicationSettings = z.output<typeof ReplicationSettings>;

/**
 * Several replicas of each actor on different nodes: one active and the others passive, or all active.
 * Without it an actor whose node is lost would begin again with `init`.
 *
 * Every node names the same active replica for the same view and actor: the one on the first owner. With fewer nodes than `factor` there is one replica a node.
 *
 * @throws HubConfigError
 */
export const replication = defineStrategy({
  family: "redundancy",
  name: "replication",
  module: import.meta.url,
  settings: ReplicationSettings,
  decide: ({ factor, model, signal, standby, acknowledge }) => {
    const hasStandbys = standby && model === "active-passive";
    if (acknowledge !== "none" && !hasStandbys) {
      const allowed =
        '"none" unless `standby` is true and `model` is "active-passive": no replica here keeps the state of another';
      throw settingIsWrong("replication.acknowledge", JSON.stringify(acknowledge), allowed);
    }
    return {
      replicas: ({ nodes }) => (factor === "cluster" ? Math.max(1, nodes.length) : factor),
      mode: (owners, node) => (model === "active-active" || owners[0] === node ? "active" : "passive"),
      signals: signal,
      standby: hasStandbys,
      acknowledge,
    };
  },
});
