import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";
import { recentMap } from "../ring/recent.js";
import { createRing, type Ring, RingPoints } from "../ring/ring.js";
import type { Placement } from "./family.js";

/** `points`: places on the ring for each node, default 1024. */
export const ConsistentHashingSettings = z.strictObject({ points: RingPoints });
export type ConsistentHashingSettings = z.output<typeof ConsistentHashingSettings>;

/** Views come and go with the same members in them: a node that drains, news of threads. */
const REMEMBERED_RINGS = 2;

/**
 * Places each actor by its id on a hash ring: even shares, and a join or leave moves only the ids it must. The default.
 * Without the ring a join or a leave would move nearly all actors.
 *
 * A pinned actor goes to those of its nodes that are in the view, in the ring's order, so that pinned actors are spread too.
 *
 * @throws HubConfigError
 * @see createRing
 */
export const consistentHashing = defineStrategy({
  family: "distribution",
  name: "consistentHashing",
  module: import.meta.url,
  settings: ConsistentHashingSettings,
  decide: ({ points }) => {
    const rings = recentMap<Ring>(REMEMBERED_RINGS);
    return {
      place(view) {
        const nodes = view.nodes.map(({ node }) => node);
        const members = JSON.stringify(nodes);
        const ring = rings.get(members) ?? createRing({ nodes, points });
        rings.set(members, ring);
        return Object.freeze<Placement>({
          owners(child, count) {
            if (child.nodes === undefined) return ring.owners(child.id, count);
            const pins = new Set(child.nodes);
            const inOrder = ring.owners(child.id, ring.nodes.length).filter((node) => pins.has(node));
            return inOrder.slice(0, Math.max(0, count));
          },
        });
      },
    };
  },
});
