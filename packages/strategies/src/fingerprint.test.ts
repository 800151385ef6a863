import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { consistentHashing } from "./distribution/consistent-hashing.js";
import { settingsFingerprint } from "./fingerprint.js";
import { coldSwap } from "./migration/cold-swap.js";
import { hotSwap } from "./migration/hot-swap.js";
import { pubSub } from "./synchronization/pub-sub.js";

const custom = (settings: unknown) => settingsFingerprint([{ family: "migration", name: "mine", settings }]);

describe("settingsFingerprint", () => {
  test("is equal whatever the order of strategies and keys", () => {
    expect(settingsFingerprint([coldSwap(), consistentHashing()])).toBe(settingsFingerprint([consistentHashing(), coldSwap()]));
    expect(custom({ a: 1, b: { c: 2, d: [3] } })).toBe(custom({ b: { d: [3], c: 2 }, a: 1 }));
    expect(custom({ a: 1, b: undefined })).toBe(custom({ a: 1 }));
  });

  test("a default is equal to the same value given", () => {
    expect(settingsFingerprint([hotSwap()])).toBe(settingsFingerprint([hotSwap({ retentionMs: 5_000 })]));
  });

  test("differs when a strategy or any setting differs", () => {
    const all = [
      [coldSwap()],
      [coldSwap({ handover: true })],
      [hotSwap()],
      [hotSwap({ handover: false })],
      [pubSub()],
      [coldSwap(), pubSub()],
    ];
    expect(new Set(all.map(settingsFingerprint)).size).toBe(all.length);
    expect(custom({ a: "1" })).not.toBe(custom({ a: 1 }));
    expect(custom({ a: [1, 2] })).not.toBe(custom({ a: [2, 1] }));
    expect(custom({ a: null })).not.toBe(custom({}));
  });

  test("does not differ in settings in which nodes may", () => {
    const other = hotSwap({ batchSize: 9, confirm: false, retentionMs: 1 });
    expect(settingsFingerprint([other])).toBe(settingsFingerprint([hotSwap()]));
    expect(settingsFingerprint([pubSub({ syncIntervalMs: 50 })])).toBe(settingsFingerprint([pubSub()]));
  });

  test("can be read", () => {
    expect(settingsFingerprint([coldSwap(), consistentHashing({ points: 64 })])).toBe(
      'distribution consistentHashing {"points":64}; migration coldSwap {"handover":false}',
    );
  });

  test.each([
    [{ a: () => 1 }, "mine.settings.a"],
    [{ a: [Number.NaN] }, "mine.settings.a.0"],
    [{ a: new Map() }, "mine.settings.a"],
  ])("refuses what two nodes could not compare: %o", (settings, path) => {
    expect(() => custom(settings)).toThrow(HubConfigError);
    expect(() => custom(settings)).toThrow(expect.objectContaining({ fields: expect.objectContaining({ path }) }));
  });
});
