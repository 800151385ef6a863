import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { migrationCases } from "./family.cases.js";
import { hotSwap } from "./hot-swap.js";

migrationCases("hotSwap", () => hotSwap());
migrationCases("hotSwap with settings", () => hotSwap({ handover: false, confirm: true, retentionMs: 0, batchSize: 1 }));

describe("hotSwap", () => {
  test("hands over everything, five hundred at a time, by default", () => {
    expect(hotSwap()).toMatchObject({ mode: "handoff", carryState: true, confirm: true, retentionMs: 5_000, batchSize: 500 });
  });

  test("answers as it was set", () => {
    const set = { handover: false, confirm: true, retentionMs: 20, batchSize: 7 };
    expect(hotSwap(set)).toMatchObject({ carryState: false, confirm: true, retentionMs: 20, batchSize: 7, settings: set });
  });

  test.each([
    [{ batchSize: 0 }, "hotSwap.batchSize"],
    [{ retentionMs: -1 }, "hotSwap.retentionMs"],
    [{ confirm: 1 }, "hotSwap.confirm"],
  ])("refuses %j", (settings, path) => {
    const make = () => hotSwap(settings as { batchSize: number });
    expect(make).toThrow(HubConfigError);
    expect(make).toThrow(expect.objectContaining({ fields: expect.objectContaining({ path }) }));
  });
});
