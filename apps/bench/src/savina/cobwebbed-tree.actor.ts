/*
 * Unbalanced cobwebbed tree: actors start children, as many as chance has it, and wait for what these find below them.
 * Without it no program would start actors at all depths at a time, nor have asks that wait for asks that wait.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";

/** What is below a node, itself included. */
const Below = z.object({ nodes: z.int(), sum: z.int(), depth: z.int() });
type Below = z.infer<typeof Below>;

const fanOut = 4;
const rootFanOut = 16;

/** How many children a node has: none, or as many as its tree's shape says. A child is expected to have a little less than one. */
function childrenOf(seed: number, depth: number, maxDepth: number): number {
  if (depth === 0) return rootFanOut;
  return depth < maxDepth && draw(seed, depth) % 1_000 < 240 ? fanOut : 0;
}

const childSeed = (seed: number, child: number): number => draw(seed, child + 1_000);

function joined(seed: number, children: readonly Below[]): Below {
  return {
    nodes: children.reduce((sum, { nodes }) => sum + nodes, 1),
    sum: children.reduce((total, { sum }) => total + sum, seed % 1_000),
    depth: Math.max(0, ...children.map(({ depth }) => depth + 1)),
  };
}

/** Starts its children, has them grow, and replies with what is below it. */
export const TreeNode = defineActor({
  name: "tree-node",
  module: import.meta.url,
  args: z.object({ seed: z.int(), depth: z.int(), maxDepth: z.int() }),
  state: z.object({ seed: z.int(), depth: z.int(), maxDepth: z.int() }),
  init: (args) => args,
}).on("grow", { output: Below }, async ({ seed, depth, maxDepth }, _input, ctx): Promise<Below> => {
  const children = Array.from({ length: childrenOf(seed, depth, maxDepth) }, async (_, child) => {
    const args = { seed: childSeed(seed, child), depth: depth + 1, maxDepth };
    const node = await ctx.start(TreeNode, { id: `${ctx.id}.${child}`, args });
    return node.ask("grow", undefined, patient);
  });
  return joined(seed, await Promise.all(children));
});

function grown(seed: number, depth: number, maxDepth: number): Below {
  const children = Array.from({ length: childrenOf(seed, depth, maxDepth) }, (_, child) =>
    grown(childSeed(seed, child), depth + 1, maxDepth),
  );
  return joined(seed, children);
}

/** Nodes, depth and the sum of what is in them. */
export const cobwebbedTree = program({
  name: "cobwebbed-tree",
  actors: [TreeNode],
  sizes: {
    small: { seeds: [0, 13], maxDepth: 20 },
    full: { seeds: Array.from({ length: 100 }, (_, seed) => seed), maxDepth: 100 },
  },
  expected: ({ seeds, maxDepth }) => seeds.map((seed) => grown(seed, 0, maxDepth)),
  async run(hub, { seeds, maxDepth }) {
    const roots = seeds.map(async (seed) => {
      const root = await hub.start(TreeNode, { id: `tree-${seed}`, args: { seed, depth: 0, maxDepth } });
      return root.ask("grow", undefined, patient);
    });
    return Promise.all(roots);
  },
});
