import { coldSwap, hotSwap } from "@process-hub/strategies";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Lab } from "../fixtures/lab.js";
import { Narrow } from "../fixtures/narrow.js";
import { type HubOptions, hubSettings } from "./settings.js";
import { differences, sharedSettings } from "./shared-settings.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

describe("nodes of one hub", () => {
  test.each(["heartbeatIntervalMs", "suspectAfterMs", "downAfterMs", "deliveryMs"] as const)(
    "are refused for another %s, by its name",
    async (name) => {
      const a = await lab.hub("a");
      const ours = hubSettings({ id: "lab", timings: { heartbeatIntervalMs: 50, suspectAfterMs: 200, downAfterMs: 400 } })
        .timings[name];
      const refused = lab.hub("b", { timings: { [name]: ours - 1 } });
      await expect(refused).rejects.toMatchObject({
        code: "SettingsMismatch",
        fields: expect.objectContaining({ theirs: expect.stringContaining(`timings.${name}`) }),
      });
      await expect(refused).rejects.toThrow(new RegExp(`different settings: timings.${name} \\d+ and timings.${name} \\d+:`));
      expect(a.nodes()).toEqual([]);
    },
  );

  test("are refused when their transports carry other sizes", async () => {
    const [large, small] = [4_000_000, 2_000_000].map((maxBytes) => new Narrow(lab.network.transport(), maxBytes));
    await lab.hub("a", { transport: large });
    await expect(lab.hub("b", { transport: small })).rejects.toThrow(/transport\.maxBytes [24]000000 and transport\.maxBytes/);
  });

  test("may differ in times that nobody else rests on", async () => {
    await lab.hub("a", { timings: { askTimeoutMs: 100, batchWindowMs: 40 } });
    const b = await lab.hub("b", { timings: { askTimeoutMs: 900, batchWindowMs: 50 } });
    expect(b.nodes()).toEqual(["a"]);
  });
});

test("what differs is told, and nothing else", () => {
  const text = (options: Partial<HubOptions>): string => sharedSettings(hubSettings({ id: "lab", ...options }), undefined);
  const timings = { downAfterMs: 3_000 };
  expect(differences(text({ migration: coldSwap() }), text({ migration: hotSwap({ confirm: false }), timings }))).toEqual({
    theirs: 'migration coldSwap {"handover":false}; timings.downAfterMs 2000',
    ours: expect.stringMatching(/^migration hotSwap \{.*\}; timings\.downAfterMs 3000$/),
  });
});
