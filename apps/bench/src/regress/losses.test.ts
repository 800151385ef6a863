import { expect, test } from "vitest";
import { leastOf, losses, ratiosOf } from "./losses.js";

test("the ratios of a row are those of its own figures that have a floor", () => {
  const figure = { median: 1, min: 1, max: 1 };
  const figures = [
    { ...figure, name: "ask", role: "subject", cpuOfFloor: 0.4 } as const,
    { ...figure, name: "ring", role: "floor", cpuOfFloor: 1 } as const,
    { ...figure, name: "other", role: "peer", cpuOfFloor: 0.1 } as const,
    { ...figure, name: "bytes", role: "subject" } as const,
  ];
  expect(ratiosOf(figures)).toEqual({ ask: 0.4 });
});

test("of several measurements the least of each ratio is kept", () => {
  const all = [{ asks: { ask: 0.9, told: 0.1 } }, { asks: { ask: 0.3, told: 0.2 } }];
  expect(leastOf(all)).toEqual({ asks: { ask: 0.3, told: 0.1 } });
});

test("more than a quarter less is a loss, and so is a figure that is not there any more; a row that was not measured is none", () => {
  const wanted = { asks: { ask: 0.4, told: 0.8 }, moves: { move: 1 } };
  expect(losses(wanted, { asks: { ask: 0.31, told: 0.61 } })).toEqual([]);
  expect(losses(wanted, { asks: { ask: 0.29, told: 2 } })).toEqual([{ row: "asks", name: "ask", was: 0.4, is: 0.29 }]);
  expect(losses(wanted, { asks: { ask: 0.4 } })).toEqual([{ row: "asks", name: "told", was: 0.8, is: 0 }]);
});
