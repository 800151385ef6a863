import { majorityQuorum, staticQuorum } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Ledger } from "./campaign/ledger.actor.js";
import { MemoryLease } from "./campaign/memory-lease.js";
import { simulate } from "./index.js";

const seeds = [1, 2, 3, 4, 5];

const strategies = [() => staticQuorum({ size: 2 }), () => majorityQuorum(), () => new MemoryLease().strategy];

/** Serving rests on what others have said back: that comes with their next heartbeat, up to one interval and two delays later. */
describe.each(strategies.map((strategy) => [strategy().name, strategy] as const))("under %s", (_, strategy) => {
  test.each(seeds)("two nodes that are slow now and then, on a slow network, go on serving: seed %i", (seed) =>
    simulate(
      { seed, nodes: 2, faults: { delayMs: [20, 120] }, threads: 1, actors: [Ledger], hub: { partitionTolerance: strategy() } },
      async (sim) => {
        await sim.run(5_000);
        const changes: string[] = [];
        for (const { hub, name } of sim.nodes) hub.on("partitionChanged", () => changes.push(`${name} at ${sim.nowMs}`));
        for (let n = 0; n < 400; n++) {
          sim.freeze(n % 2);
          await sim.run(60);
          sim.thaw(n % 2);
          await sim.run(90);
        }
        expect(changes).toEqual([]);
        expect(sim.nodes.map(({ hub }) => hub.isPartitioned())).toEqual([false, false]);
      },
    ),
  );
});
