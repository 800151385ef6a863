import { staticQuorum } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Cart } from "./fixtures/cart.actor.js";
import { type Simulation, simulate } from "./index.js";

/** As JavaScript gives it. */
const any = <T>(value: unknown): T => value as T;

const after = (first: () => void, work: () => unknown): unknown => {
  first();
  return work();
};

const wrong: readonly (readonly [verb: string, given: string, work: (sim: Simulation) => unknown])[] = [
  ["run", "NaN", (sim) => sim.run(Number.NaN)],
  ["run", "-5", (sim) => sim.run(-5)],
  ["run", "Infinity", (sim) => sim.run(Number.POSITIVE_INFINITY)],
  ["run", '"5"', (sim) => sim.run(any("5"))],
  ["until", "-1", (sim) => sim.until("why", () => true, -1)],
  [
    "until",
    "a check that returns a promise",
    (sim) =>
      sim.until(
        "why",
        any(async () => false),
      ),
  ],
  ["killThread", "99", (sim) => sim.killThread(1, 99)],
  ["killThread", "-1", (sim) => sim.killThread(1, -1)],
  ["killThread", '"x"', (sim) => sim.killThread(1, any("x"))],
  ["killThread", "node-2, which is down", (sim) => sim.killThread(2, 0)],
  [
    "cut",
    "[[0,1],[1,2]]",
    (sim) =>
      sim.cut([
        [0, 1],
        [1, 2],
      ]),
  ],
  ["cut", "[[0,0],[1]]", (sim) => sim.cut([[0, 0], [1]])],
  ["cut", "[[0]]", (sim) => sim.cut([[0]])],
  ["cut", "[0,1]", (sim) => sim.cut(any([0, 1]))],
  ["cut", '"node-0"', (sim) => sim.cut(any([["node-0"], ["node-1"]]))],
  ["cut", "undefined", (sim) => sim.cut(any(undefined))],
  ["freeze", "node-2, which is down", (sim) => sim.freeze(2)],
  ["thaw", "node-2, which is down", (sim) => sim.thaw(2)],
  ["crash", "node-2, which is down", (sim) => sim.crash(2)],
  ["leave", "node-2, which is down", (sim) => sim.leave(2)],
  ["restart", "node-1, which is up", (sim) => sim.restart(1)],
  [
    "leave",
    "node-0, which is frozen",
    (sim) =>
      after(
        () => sim.freeze(0),
        () => sim.leave(0),
      ),
  ],
  ["hub", '"0"', (sim) => sim.hub(any("0"))],
  ["hub", "3", (sim) => sim.hub(3)],
  [
    "check",
    "a network that is cut",
    (sim) =>
      after(
        () => sim.cut([[0], [1]]),
        () => sim.check(),
      ),
  ],
];

describe("a verb that cannot do what it is told", () => {
  test.each(wrong)("%s, given %s, says what is allowed, at once", async (path, given, work) => {
    let atMs = Number.NaN;
    const story = simulate({ seed: 1, actors: [Cart], maxMs: 60_000 }, async (sim) => {
      sim.crash(2);
      atMs = sim.nowMs;
      try {
        await work(sim);
      } finally {
        atMs = sim.nowMs - atMs;
      }
    });
    const message = expect.stringContaining(`; given: ${given}\n`);
    await expect(story).rejects.toMatchObject({ code: "HubConfigError", message, fields: { path, given } });
    expect(atMs).toBe(0);
  });
});

describe("a story under a strategy that counts nodes", () => {
  test("begins when the cluster serves", () =>
    simulate({ seed: 1, actors: [Cart], hub: { partitionTolerance: staticQuorum({ size: 2 }) } }, async (sim) => {
      await sim.hub(0).start(Cart, { id: "cart-1" });
      await sim.check();
    }));

  test("begins all the same when it does not, after ten seconds", () =>
    simulate({ seed: 1, actors: [Cart], hub: { partitionTolerance: staticQuorum({ size: 9 }) } }, async (sim) => {
      expect(sim.hub(0).isPartitioned()).toBe(true);
      await expect(sim.hub(0).start(Cart, { id: "cart-1" })).rejects.toMatchObject({ code: "Partitioned" });
    }));
});
