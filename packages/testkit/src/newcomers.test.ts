import { expect, test } from "vitest";
import { Tally } from "./fixtures/tally.actor.js";
import { simulate } from "./index.js";

test("a node that crashes again and again pulls no actors to itself: its probation is longer each time", async () => {
  await simulate({ seed: 5, nodes: 3, actors: [Tally], hub: { probationMs: 5_000, minMembers: 3 } }, async (sim) => {
    const [a] = [sim.hub(0)];
    const ids = Array.from({ length: 30 }, (_, i) => `t-${i}`);
    await Promise.all(ids.map((id) => a.start(Tally, { id })));
    const onTwo = (): number => a.list({ node: "node-2" }).length;
    const lefts: number[] = [];
    for (let life = 0; life < 3; life++) {
      sim.crash(2);
      await sim.run(4_000);
      await sim.restart(2);
      await sim.run(3_000);
      expect(onTwo()).toBe(0);
      lefts.push(Math.round(sim.hub(2).stats().probation.leftMs / 5_000));
    }
    expect(lefts).toEqual([1, 3, 7]);
    await sim.run(40_000);
    expect(onTwo()).toBeGreaterThan(0);
    await sim.check();
  });
});
