import { describe, expect, test } from "vitest";
import { simulate } from "./simulate.js";

const wrong: readonly (readonly [path: string, given: string, options: object])[] = [
  ["seed", "undefined", { seed: undefined }],
  ["seed", "1.5", { seed: 1.5 }],
  ["seed", "4294967297", { seed: 1 + 2 ** 32 }],
  ["seed", "-1", { seed: -1 }],
  ["seed", "NaN", { seed: Number.NaN }],
  ["nodes", "0", { nodes: 0 }],
  ["threads", "0", { threads: 0 }],
  ["faults.drop", "2", { faults: { drop: 2 } }],
  ["faults.delay", "5", { faults: { delay: 5 } }],
  ["faults.late", "2", { faults: { late: 2 } }],
  ["faults.lateMs", "[5,1]", { faults: { lateMs: [5, 1] } }],
  ["faults.delayMs", "[5,1]", { faults: { delayMs: [5, 1] } }],
  ["actor", "1", { actor: 1 }],
  ["timings", "5", { timings: 5 }],
  ["hub.id", '"shop"', { hub: { id: "shop" } }],
  ["hub.node", '"n"', { hub: { node: "n" } }],
  ["hub.threads", "1", { hub: { threads: 1 } }],
  ["hub.actors", "[]", { hub: { actors: [] } }],
  ["hub.transport", "{}", { hub: { transport: {} } }],
];

describe("a simulation's options", () => {
  test.each(wrong)("a wrong %s, given %s, is named with what is allowed", async (path, given, options) => {
    const run = simulate({ seed: 1, actors: [], ...options }, async () => "told");
    await expect(run).rejects.toMatchObject({
      code: "HubConfigError",
      fields: { path, given, allowed: expect.stringMatching(/./) },
    });
  });

  test("a story is a function", async () => {
    const run = simulate({ seed: 1, actors: [] }, undefined as unknown as () => Promise<void>);
    await expect(run).rejects.toMatchObject({ code: "HubConfigError", fields: { path: "story", given: "undefined" } });
  });

  test("the largest seed is one, and no other's", async () => {
    const drawn = (seed: number) => simulate({ seed, actors: [] }, async (sim) => sim.random.next());
    expect(await drawn(0xffff_ffff)).not.toBe(await drawn(0));
  });

  test("a seed and actors are enough", async () => {
    expect(await simulate({ seed: 1, actors: [] }, async (sim) => sim.nodes.length)).toBe(3);
  });
});
