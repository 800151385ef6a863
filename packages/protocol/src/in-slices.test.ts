import { expect, test } from "vitest";
import { inSlices, ownTurn } from "./in-slices.js";

/** A clock whose turns come when they are asked for. */
function turns() {
  const due: (() => void)[] = [];
  const clock = {
    defer: (run: () => void) => {
      due.push(run);
      return { cancel: () => {} };
    },
  };
  return { clock, next: () => due.shift()?.(), left: () => due.length };
}

test("a short list is worked on at once", () => {
  const { clock, left } = turns();
  const seen: number[][] = [];
  expect(inSlices(clock, [1, 2, 3], (slice) => void seen.push([...slice]), 3)).toBeUndefined();
  expect(seen).toEqual([[1, 2, 3]]);
  expect(left()).toBe(0);
});

test("a long list has a turn for each slice, in order", async () => {
  const { clock, next } = turns();
  const seen: number[][] = [];
  const done = inSlices(clock, [1, 2, 3, 4, 5], (slice) => void seen.push([...slice]), 2);
  expect(seen).toEqual([[1, 2]]);
  next();
  expect(seen).toEqual([
    [1, 2],
    [3, 4],
  ]);
  next();
  await done;
  expect(seen.at(-1)).toEqual([5]);
});

test("what a later slice throws is the list's error, and no slice follows", async () => {
  const { clock, next, left } = turns();
  const done = inSlices(
    clock,
    [1, 2, 3],
    ([first]) => {
      if (first === 2) throw new Error("no");
    },
    1,
  );
  next();
  await expect(done).rejects.toThrow("no");
  expect(left()).toBe(0);
});

test("many have a turn of their own, few the one in hand", async () => {
  const { clock, next, left } = turns();
  expect([ownTurn(clock, 100), left()]).toEqual([undefined, 0]);
  const seen: string[] = [];
  const turn = ownTurn(clock, 101)?.then(() => seen.push("turn"));
  await Promise.resolve();
  expect(seen).toEqual([]);
  next();
  await turn;
  expect(seen).toEqual(["turn"]);
});
