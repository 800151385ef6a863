import { describe, expect, test } from "vitest";
import { recentMap } from "./recent.js";

describe("recentMap", () => {
  test("gives back what was set lately", () => {
    const recent = recentMap<number>(10);
    for (let i = 0; i < 10; i++) recent.set(`k${i}`, i);
    expect(recent.get("k3")).toBe(3);
    expect(recent.get("other")).toBeUndefined();
  });

  test("holds at most twice its limit", () => {
    const recent = recentMap<number>(10);
    for (let i = 0; i < 1_000; i++) recent.set(`k${i}`, i);
    const held = Array.from({ length: 1_000 }, (_, i) => recent.get(`k${i}`)).filter((value) => value !== undefined);
    expect(held.length).toBeGreaterThanOrEqual(10);
    expect(held.length).toBeLessThanOrEqual(20);
  });

  test("keeps what is read again and again", () => {
    const recent = recentMap<string>(10);
    recent.set("hot", "yes");
    for (let i = 0; i < 1_000; i++) {
      recent.set(`k${i}`, "no");
      expect(recent.get("hot")).toBe("yes");
    }
  });
});
