import fc from "fast-check";
import { expect, test } from "vitest";
import { Queue } from "./queue.js";

test("gives back in order what was put in, through any growth and shrinking", () => {
  const bursts = fc.array(fc.tuple(fc.nat(300), fc.nat(300)), { maxLength: 30 });
  fc.assert(
    fc.property(bursts, (steps) => {
      const queue = new Queue<number>();
      let put = 0;
      let taken = 0;
      for (const [puts, takes] of steps) {
        for (let i = 0; i < puts; i++) queue.push(put++);
        for (let i = 0; i < takes && taken < put; i++) expect(queue.shift()).toBe(taken++);
        expect(queue.size).toBe(put - taken);
      }
      expect([...queue]).toEqual(Array.from({ length: put - taken }, (_, i) => taken + i));
    }),
  );
});

test("drained, it is empty and goes on", () => {
  const queue = new Queue<string>();
  for (const item of ["a", "b", "c"]) queue.push(item);
  expect(queue.drain()).toEqual(["a", "b", "c"]);
  expect(queue.size).toBe(0);
  expect(queue.shift()).toBeUndefined();
  queue.push("d");
  expect([...queue]).toEqual(["d"]);
});
