import { gossip, hotSwap, pubSub, replication } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { simulate } from "./simulate.js";

const ids = Array.from({ length: 8 }, (_, i) => `a-${i}`);

/** With the last two seeds of gossip a node dies that has answered a change, and has told nobody who is left of it. */
const lives = [
  ...[1, 2, 3, 4, 5, 6].map((seed) => [seed, "pubSub", pubSub()] as const),
  ...[1, 2, 30, 66].map((seed) => [seed, "gossip", gossip({ recipients: 1 })] as const),
];

test.each(lives)(
  "what was answered of an update holds, through moves, dead threads and dead nodes on a bad network (seed %i, %s)",
  (seed, _name, synchronization) => {
    const hub = { migration: hotSwap(), redundancy: replication({ model: "active-passive" }), synchronization };
    const faults = { drop: 0.05, duplicate: 0.05, reorder: 0.1, delayMs: [1, 20] as [number, number] };
    return simulate({ seed, nodes: 3, actors: [Ledger], hub, faults }, async (sim) => {
      for (const id of ids) await sim.hub(0).start(Ledger, { id, metadata: { n: 0 } });
      const answered = new Map<string, number>();
      let round = 0;
      /** Until a round of its own: what was said last must outlive the moves and deaths that come after it. */
      const keeps = async (id: string, last: number): Promise<void> => {
        for (let n = 1; round <= last; n++) {
          const done = await sim
            .hub(0)
            .update(id, { metadata: { n } }, { timeoutMs: 20_000 })
            .then(
              () => true,
              () => false,
            );
          if (done) answered.set(id, n);
          await sim.run(40);
        }
      };
      const updating = Promise.all(ids.map((id, i) => keeps(id, i + 2)));
      for (; round < 12; round++) {
        const moves = ids.map((id, i) =>
          sim
            .hub(0)
            .move(id, { node: `node-${(i + round) % 3}` })
            .catch(() => {}),
        );
        await sim.run(120);
        if (round === 4) sim.killThread(1, 0);
        if (round === 8) sim.crash(2);
        await Promise.race([Promise.all(moves), sim.run(500)]);
      }
      await updating;
      await sim.hub(0).settled({ timeoutMs: 60_000 });
      for (const i of [0, 1])
        for (const [id, n] of answered)
          expect(sim.hub(i).lookup(id)?.metadata?.n, `${id} on node-${i}`).toBeGreaterThanOrEqual(n);
      expect(answered.size).toBe(ids.length);
      await sim.check();
    });
  },
);
