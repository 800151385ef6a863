import { expect, test } from "vitest";
import { ProcessLoad } from "./process-load.js";

test("the busiest event loop counts, and each figure is a share", () => {
  let threads = 0;
  const load = new ProcessLoad({ eventLoop: () => threads });
  for (let i = 0; i < 1_000_000; i++) Math.sqrt(i);
  const main = load.eventLoop();
  expect(main).toBeGreaterThan(0);
  expect(main).toBeLessThanOrEqual(1);
  threads = 2;
  expect(load.eventLoop()).toBe(2);
  expect(load.memory()).toBeGreaterThan(0);
  expect(load.memory()).toBeLessThan(1);
});
