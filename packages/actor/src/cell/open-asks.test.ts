import { expect, test } from "vitest";
import { OpenAsks } from "./open-asks.js";

test("the asks that wait are known, and settled ones are not kept", () => {
  const pending = new Set<number>();
  let looks = 0;
  const asks = new OpenAsks((ask) => {
    looks++;
    return pending.has(ask);
  });
  pending.add(1);
  for (let ask = 1; ask <= 10_000; ask++) asks.add(ask);
  expect(looks).toBeLessThan(30_000);
  expect([asks.any, asks.has(1), asks.has(2), asks.open()]).toEqual([true, true, false, [1]]);
  pending.delete(1);
  expect([asks.any, asks.open()]).toEqual([false, []]);
  pending.add(10_000);
  asks.clear();
  expect(asks.has(10_000)).toBe(false);
});
