import fc from "fast-check";
import { expect, test } from "vitest";
import { AskTable } from "./ask-table.js";

test("is a map of numbers, whichever asks wait for long", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(400)), { maxLength: 2_000, size: "max" }), (steps) => {
      const table = new AskTable<{ readonly number: number }>();
      const known = new Map<number, { readonly number: number }>();
      let last = 2 ** 31 - 200;
      for (const [begins, which] of steps) {
        if (begins) {
          const ask = { number: ++last };
          table.add(ask);
          known.set(last, ask);
        } else {
          const number = last - which;
          expect(table.get(number)).toBe(known.get(number));
          expect(table.take(number)).toBe(known.get(number));
          known.delete(number);
        }
        expect(table.size).toBe(known.size);
      }
      expect(table.all()).toEqual([...known.values()]);
    }),
    { numRuns: 100 },
  );
});

test("one that waits for ever keeps none of those after it from their place", () => {
  const table = new AskTable<{ readonly number: number }>();
  table.add({ number: 1 });
  for (let number = 2; number < 500; number++) {
    table.add({ number });
    expect(table.get(number)).toEqual({ number });
    expect(table.take(number)).toEqual({ number });
    expect(table.take(number)).toBeUndefined();
  }
  expect(table.all()).toEqual([{ number: 1 }]);
});

test("more than it has slots for are all there", () => {
  const table = new AskTable<{ readonly number: number }>();
  for (let number = 1; number <= 100_000; number++) table.add({ number });
  for (let number = 2; number <= 100_000; number += 2) expect(table.take(number)?.number).toBe(number);
  expect(table.size).toBe(50_000);
  expect(table.get(99_999)).toEqual({ number: 99_999 });
  expect(table.get(4)).toBeUndefined();
});
