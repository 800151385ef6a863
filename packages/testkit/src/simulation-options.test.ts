import { describe, expect, test } from "vitest";
import { simulate } from "./simulate.js";

const wrong: readonly (readonly [path: string, given: string, options: object])[] = [
  ["seed", "undefined", { seed: undefined }],
  ["nodes", "0", { nodes: 0 }],
  ["threads", "0", { threads: 0 }],
  ["faults.drop", "2", { faults: { drop: 2 } }],
  ["faults.delay", "5", { faults: { delay: 5 } }],
  ["actor", "1", { actor: 1 }],
];

describe("a simulation's options", () => {
  test.each(wrong)("a wrong %s, given %s, is named with what is allowed", async (path, given, options) => {
    const run = simulate({ seed: 1, actors: [], ...options }, async () => "told");
    await expect(run).rejects.toMatchObject({
      code: "HubConfigError",
      fields: { path, given, allowed: expect.stringMatching(/./) },
    });
  });

  test("a seed and actors are enough", async () => {
    expect(await simulate({ seed: 1, actors: [] }, async (sim) => sim.nodes.length)).toBe(3);
  });
});
