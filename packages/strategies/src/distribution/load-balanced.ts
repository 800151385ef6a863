import type { ClusterView } from "@process-hub/protocol";
import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";
import { hash32 } from "../ring/hash32.js";
import type { Placement } from "./family.js";
import { spareCapacity } from "./spare-capacity.js";

/**
 * `pushIntervalMs`: how often nodes tell each other their load, default 5000. `historySize`: loads kept per node, default 12.
 * `decay`: what a load counts against the next newer one, default 0.8; 1 is a plain mean.
 */
export const LoadBalancedSettings = z.strictObject({
  pushIntervalMs: z.int().min(50).max(3_600_000).default(5_000).describe("whole milliseconds from 50 to 3600000"),
  historySize: z.int().min(1).max(1_000).default(12).describe("a whole number from 1 to 1000"),
  decay: z.number().gt(0).max(1).default(0.8).describe("a number above 0, at most 1"),
});
export type LoadBalancedSettings = z.output<typeof LoadBalancedSettings>;

const LOAD_SEED = 0x6c6f6164;

/**
 * Starts each actor where there is room: by spare capacity (threads, event loop, memory, queues, actors), measured on every node.
 * Without it a busy node would get as many new actors as an idle one.
 *
 * The node that is up longest decides (nodes may see different loads); an actor that runs stays where it is while its node does. Further replicas
 * follow the actor's id alone, so that they do not wander with the load. Works before any load is known: by threads.
 *
 * @throws HubConfigError
 * @see Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998 (rendezvous hashing; the weights as by Schindelhauer and Schomaker, 2005)
 */
export const loadBalanced = defineStrategy({
  family: "distribution",
  name: "loadBalanced",
  module: import.meta.url,
  settings: LoadBalancedSettings,
  decide: ({ pushIntervalMs, historySize, decay }) => ({
    loads: Object.freeze({ everyMs: pushIntervalMs, historySize }),
    place(view) {
      const capacity = spareCapacity(view, decay);
      const leader = longestUp(view);
      return Object.freeze<Placement>({
        registrar: () => leader,
        owners({ id, nodes: pins, host }, count) {
          const fit = view.nodes.map(({ node }) => node).filter((node) => pins === undefined || pins.includes(node));
          const first = host !== undefined && fit.includes(host) ? host : byWeight(id, fit, (node) => capacity.get(node) ?? 1)[0];
          const others = byWeight(id, fit, () => 1).filter((node) => node !== first);
          return first === undefined ? [] : [first, ...others].slice(0, Math.max(0, count));
        },
      });
    },
  }),
});

function longestUp({ nodes }: ClusterView): string | undefined {
  const [first, ...others] = nodes;
  return others.reduce((oldest, node) => (node.joinedAtMs < (oldest?.joinedAtMs ?? 0) ? node : oldest), first)?.node;
}

/** Nodes in the order of their chances, which are as their weights: each id draws anew, and always alike. */
function byWeight(id: string, nodes: readonly string[], weight: (node: string) => number): string[] {
  const drawn = nodes.map((node) => {
    const chance = (hash32(`${node}\n${id}`, LOAD_SEED) + 0.5) / 2 ** 32;
    return { node, score: weight(node) / -Math.log(chance) };
  });
  return drawn.sort((a, b) => b.score - a.score || (a.node < b.node ? -1 : 1)).map(({ node }) => node);
}
