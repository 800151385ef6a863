import { expect, test } from "vitest";
import { ActCounts } from "./acts.js";

test("counts add up", () => {
  const [one, other] = [new ActCounts(), new ActCounts()];
  one.add("tell");
  other.add("tell", 2);
  other.add("crash");
  one.addAll(other.times);
  expect([...one.times]).toEqual([
    ["tell", 3],
    ["crash", 1],
  ]);
});
