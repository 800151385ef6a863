import { hotSwap } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Tally } from "./fixtures/tally.actor.js";
import { simulate } from "./simulate.js";

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

test.each(seeds)("moves of one actor that are asked for at once follow each other: none is refused (seed %i)", (seed) =>
  simulate({ seed, nodes: 3, actors: [Tally], hub: { migration: hotSwap() } }, async (sim) => {
    await sim.hub(0).start(Tally, { id: "t" });
    const host = Number(sim.hub(0).lookup("t")?.replicas[0]?.node.split("-")[1]);
    const moves = [1, 2].map((step) => sim.hub(host).move("t", { node: `node-${(host + step) % 3}` }));
    expect(await Promise.allSettled(moves)).toEqual(moves.map(() => ({ status: "fulfilled", value: undefined })));
    await sim.check();
  }),
);
