import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { coldSwap } from "./cold-swap.js";
import { migrationCases } from "./family.cases.js";

migrationCases("coldSwap", () => coldSwap());
migrationCases("coldSwap with handover", () => coldSwap({ handover: true }));

describe("coldSwap", () => {
  test("restarts without state, unless asked to carry it", () => {
    expect(coldSwap()).toMatchObject({ mode: "restart", carryState: false, settings: { handover: false } });
    expect(coldSwap({ handover: true })).toMatchObject({ mode: "restart", carryState: true });
  });

  test.each([{ handover: "yes" }, { confirm: true }])("refuses %j", (settings) => {
    expect(() => coldSwap(settings as { handover: boolean })).toThrow(HubConfigError);
  });
});
