import { describe, expect, test } from "vitest";
import { avalanche, hash32 } from "./hash32.js";

describe("hash32", () => {
  test("is fixed for ever: a change would move every actor of a hub that upgrades node by node", () => {
    expect(avalanche(1)).toBe(0x514e28b7);
    expect(["", "c-1", "YYZ", "é漢😀"].map((text) => hash32(text, 0))).toMatchInlineSnapshot(`
      [
        2872998923,
        2365411737,
        2079523743,
        3344744451,
      ]
    `);
  });

  test("short ids do not collide more than chance: about 5 of 200,000", () => {
    const hashes = new Set(Array.from({ length: 200_000 }, (_, i) => hash32(`c-${i}`, 0)));
    expect(200_000 - hashes.size).toBeLessThan(20);
  });

  test("one changed letter changes every output bit about half of the time", () => {
    const flips = new Array<number>(32).fill(0);
    for (let i = 0; i < 4_000; i++) {
      const difference = hash32(`id-${i}a`, 0) ^ hash32(`id-${i}b`, 0);
      for (let bit = 0; bit < 32; bit++) flips[bit] = (flips[bit] ?? 0) + ((difference >>> bit) & 1);
    }
    for (const count of flips) expect(Math.abs(count / 4_000 - 0.5)).toBeLessThan(0.05);
  });

  test("another seed is another hash", () => {
    const agree = Array.from({ length: 10_000 }, (_, i) => i).filter(
      (i) => hash32(`c-${i}`, 1) % 16 === hash32(`c-${i}`, 2) % 16,
    );
    expect(Math.abs(agree.length / 10_000 - 1 / 16)).toBeLessThan(0.02);
  });
});
