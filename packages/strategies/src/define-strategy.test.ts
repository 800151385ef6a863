import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { defineStrategy } from "./define-strategy.js";
import { settingsFingerprint } from "./fingerprint.js";
import { ownThread } from "./own-thread.js";
import { partitionCases } from "./partition/family.cases.js";
import { redundancyCases } from "./redundancy/family.cases.js";

const copies = defineStrategy({
  family: "redundancy",
  name: "copies",
  module: "file:///copies.js",
  settings: z.strictObject({ count: z.int().min(1).describe("a whole number of at least 1") }),
  decide: ({ count }) => ({ replicas: () => count, mode: () => "active", signals: "none", standby: false }),
});
const oddHours = defineStrategy({
  family: "partition",
  name: "oddHours",
  settings: z.strictObject({ hourMs: z.int().default(3_600_000) }),
  memory: z.strictObject({ hours: z.int() }),
  decide: ({ hourMs }) => ({
    initialMemory: { hours: 0 },
    remember: (_view, _memory, atMs) => ({ hours: Math.floor(atMs / hourMs) }),
    verdict: (_view, { hours }) => (hours % 2 === 0 ? "serve" : "pause"),
  }),
});

redundancyCases("a user's strategy", () => copies({ count: 2 }));
partitionCases("a user's strategy", () => oddHours());

describe("defineStrategy", () => {
  test("checks settings, and fills in their defaults", () => {
    expect(oddHours().settings).toEqual({ hourMs: 3_600_000 });
    expect(() => copies({ count: 0 })).toThrow(HubConfigError);
    expect(() => copies({ count: 0 })).toThrow("copies.count: given 0, allowed is a whole number of at least 1");
    expect(() => copies({ count: 1, size: 2 } as { count: number })).toThrow(
      /copies\.size: given 2, allowed is there is no such option, only count/,
    );
  });

  test("knows the types of settings and memory, and asks for settings that have no default", () => {
    expectTypeOf(copies).parameters.toEqualTypeOf<[settings: { count: number }]>();
    expectTypeOf(oddHours).parameters.toEqualTypeOf<[settings?: { hourMs?: number | undefined }]>();
    expectTypeOf(oddHours().initialMemory).toEqualTypeOf<{ hours: number }>();
    expectTypeOf(copies({ count: 1 }).settings.count).toEqualTypeOf<number>();
  });

  test("refuses a memory that begins as what it may not be", () => {
    const memory = z.string().refine((text) => text !== "", "not empty");
    const decide = () => ({ initialMemory: "", remember: () => "x", verdict: () => "serve" as const });
    const forgetful = defineStrategy({ family: "partition", name: "forgetful", settings: z.strictObject({}), memory, decide });
    expect(() => forgetful()).toThrow('forgetful.initialMemory: given "", allowed is what its memory may be: not empty');
  });

  test("refuses a name that is none", () => {
    const { family, settings, decide } = { family: "migration", settings: z.strictObject({}), decide: () => swap } as const;
    const swap = { mode: "restart", carryState: false, confirm: false, retentionMs: 0, batchSize: 1 } as const;
    expect(() => defineStrategy({ family, name: "My strategy", settings, decide })).toThrow(
      /defineStrategy\.name: given "My strategy"/,
    );
  });

  test.each<[string, object | undefined]>([
    ["defineStrategy", undefined],
    ["defineStrategy.family", { family: "placement" }],
    ["defineStrategy.settings", { settings: { n: 1 } }],
    ["defineStrategy.decide", { decide: "two" }],
  ])("names what is wrong in a definition: %s", (path, change) => {
    const right = { family: "redundancy", name: "two", settings: z.strictObject({}), decide: () => ({}) };
    const define = defineStrategy as unknown as (definition: unknown) => unknown;
    const fields = expect.objectContaining({ path, allowed: expect.any(String) });
    expect(() => define(change && { ...right, ...change })).toThrow(expect.objectContaining({ code: "HubConfigError", fields }));
  });
});

describe("ownThread", () => {
  test("marks a strategy and leaves what nodes compare as it was", () => {
    const marked = ownThread(copies({ count: 2 }));
    expect([marked.ownThread, Object.isFrozen(marked)]).toEqual([true, true]);
    expect(settingsFingerprint([marked])).toBe(settingsFingerprint([copies({ count: 2 })]));
  });

  test("refuses a strategy that does not say where a thread finds it", () => {
    expect(() => ownThread(oddHours())).toThrow(/oddHours\.module: given nothing, allowed is module: import\.meta\.url/);
  });
});
