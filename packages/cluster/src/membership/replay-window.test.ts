import fc from "fast-check";
import { expect, test } from "vitest";
import { ReplayWindow, windowSize } from "./replay-window.js";

test("each number is accepted once, in whatever order they come, unless it is far behind", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3 * windowSize }), { maxLength: 200 }), (numbers) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = 0;
      for (const number of numbers) {
        const isNew = !seen.has(number) && number > highest - windowSize;
        expect(window.accepts(number)).toBe(isNew);
        seen.add(number);
        highest = Math.max(highest, number);
      }
    }),
  );
});

test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])("%d is no number of a datagram", (number) => {
  expect(new ReplayWindow().accepts(number)).toBe(false);
});
