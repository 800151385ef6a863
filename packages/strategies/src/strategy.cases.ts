import type { StrategyFamily } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { settingsFingerprint } from "./fingerprint.js";
import type { Strategy } from "./strategy.js";

/**
 * The laws every strategy of every family is held to. Call it inside a `describe`.
 * Without them a strategy could pass its own tests and still change its settings, or have some that nodes cannot compare.
 */
export function strategyCases(family: StrategyFamily, make: () => Strategy): void {
  test("names its family and itself", () => {
    expect(make().family).toBe(family);
    expect(make().name).toMatch(/^[a-z][A-Za-z0-9]*$/);
  });

  test("is frozen, its settings too", () => {
    expect(Object.isFrozen(make())).toBe(true);
    expect(Object.isFrozen(make().settings)).toBe(true);
  });

  test("has settings that survive JSON, so that nodes can compare them", () => {
    const { settings } = make();
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
    expect(settingsFingerprint([make()])).toBe(settingsFingerprint([make()]));
  });
}
