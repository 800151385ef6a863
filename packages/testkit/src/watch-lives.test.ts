import { replication } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Guard, Lamp } from "./fixtures/guard.actor.js";
import { type Simulation, simulate } from "./index.js";

const nodes = 4;
const lamps = Array.from({ length: 8 }, (_, i) => `lamp-${i}`);
const guards = ["guard-0", "guard-1"];

/** What may befall a life: no end of an actor. */
const troubles: readonly ((sim: Simulation, at: number, any: string) => Promise<unknown>)[] = [
  async (sim, at, any) => sim.hub(0).move(any, { node: `node-${at}` }),
  async (sim, at) => sim.hub(0).move("guard-0", { node: `node-${at}` }),
  async (sim, at) => sim.killThread(at, at % 2),
  async (sim, at) => {
    sim.cut([[at], Array.from({ length: nodes }, (_, n) => n).filter((n) => n !== at)]);
    await sim.run(sim.random.next() * 4_000);
    sim.heal();
  },
  async (sim, at) => {
    if (at === 0) return;
    sim.crash(at);
    await sim.run(6_000);
    await sim.restart(at);
  },
];

/** One life of lamps of which three are stopped, amid troubles that end none. */
function life(seed: number): Promise<void> {
  const hub = { redundancy: replication({ factor: 2 }) };
  return simulate({ seed, nodes, actors: [Guard, Lamp], hub }, async (sim) => {
    for (const id of lamps) await sim.hub(0).start(Lamp, { id });
    for (const id of guards) await sim.hub(0).start(Guard, { id });
    await sim.run(3_000);
    for (const guard of guards) for (const id of lamps) await sim.hub(0).ref(Guard, guard).ask("watch", id);
    await sim.run(2_000);
    const stopped: string[] = [];
    for (let i = 0; i < 6; i++) {
      const at = Math.floor(sim.random.next() * nodes);
      const which = Math.floor(sim.random.next() * troubles.length);
      const trouble = troubles[which]?.(sim, at, lamps[7] ?? "").catch(() => {});
      if (i % 2 === 0) {
        const id = lamps[i] ?? "";
        await sim.run(sim.random.next() * 20);
        if (
          await sim
            .hub(0)
            .stop(id)
            .then(
              () => true,
              () => false,
            )
        )
          stopped.push(id);
      }
      await trouble;
      await sim.run(8_000);
    }
    await sim.run(20_000);
    for (const guard of guards) {
      const told = await sim.hub(0).ref(Guard, guard).ask("told");
      const gone = lamps.filter((id) => sim.hub(0).lookup(id) === undefined);
      expect([guard, told.map(({ id }) => id).sort()]).toEqual([guard, gone]);
      if (stopped.length === gone.length) expect(new Set(told.map(({ reason }) => reason))).toEqual(new Set(["Stop"]));
    }
    await sim.check();
  });
}

test.each(Array.from({ length: 10 }, (_, seed) => seed + 1))(
  "a life of watches with moves, crashes, cuts and dead threads: each end is told once, and no other (seed %i)",
  (seed) => life(seed),
);
