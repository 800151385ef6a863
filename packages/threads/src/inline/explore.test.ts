import { describe, expect, test } from "vitest";
import { runLife } from "./fixtures/mini-cluster-life.js";

// SEED=17 SEEDS=1 plays one life again; SEEDS=5000 looks further than the gate does.
const first = Number(process.env.SEED ?? 1);
const lives = Number(process.env.SEEDS ?? 60);

const quiet = { acts: 40, kills: 0, trouble: false };
const rough = { acts: 60, kills: 0, trouble: true };
const clusters = [
  ["one node", { nodes: 1, threads: 3, actors: 3, ...quiet }],
  ["two nodes", { nodes: 2, threads: 2, actors: 2, ...quiet }],
  ["handoffs that fail at every step", { nodes: 2, threads: 2, actors: 3, ...rough }],
  ["small windows, small mailboxes, short asks", { nodes: 2, threads: 2, actors: 3, ...rough, tight: true }],
  ["forwarding entries that expire", { nodes: 1, threads: 3, actors: 2, ...rough, brisk: true }],
  ["three nodes of one thread", { nodes: 3, threads: 1, actors: 3, ...rough, brisk: true }],
  ["threads that die on one node", { nodes: 1, threads: 4, actors: 4, ...rough, kills: 3, brisk: true }],
  ["threads that die on two nodes", { nodes: 2, threads: 3, actors: 3, ...rough, kills: 2 }],
] as const;

describe("each message has one fate, each sender its order, each actor one life and its state", () => {
  test.each(clusters)(
    "in a cluster of %s",
    async (_what, cluster) => {
      let moves = 0;
      for (let seed = first; seed < first + lives; seed++) {
        const life = await runLife({ ...cluster, seed, tracing: lives === 1 });
        const story = () => `seed ${seed}\n${life.cluster.trace.slice(-200).join("\n")}`;
        expect(life.problems, life.problems.length === 0 ? "" : story()).toEqual([]);
        moves += life.moves.done;
      }
      expect(moves).toBeGreaterThan(lives / 2);
    },
    600_000,
  );
});
