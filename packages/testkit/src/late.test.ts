import { expect, test } from "vitest";
import { Tally } from "./fixtures/tally.actor.js";
import { simulate } from "./index.js";

/** What a node that came back receives in ten seconds, beside actors that stay as they are. */
const received = (late: number): Promise<number> =>
  simulate({ seed: 3, nodes: 3, actors: [Tally], faults: { late, lateMs: [5_000, 20_000] } }, async (sim) => {
    const tally = await sim.hub(0).start(Tally, { id: "t" });
    for (let n = 0; n < 20; n++) tally.tell("add");
    sim.crash(2);
    await sim.run(4_000);
    await sim.restart(2);
    await sim.run(10_000);
    const figure = sim.traffic(2)?.received ?? 0;
    expect(await tally.ask("read")).toMatchObject({ count: 20 });
    await sim.check();
    return figure;
  });

test("datagrams come once more, late, also to a later life of their receiver's name, and change nothing", async () => {
  expect(await received(0.5)).toBeGreaterThan((await received(0)) * 1.2);
});
