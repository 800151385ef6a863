import { expect, test } from "vitest";
import { Paced } from "./paced.js";
import { VirtualClock } from "./testing/virtual-clock.js";

function paced() {
  const clock = new VirtualClock();
  const seen: number[] = [];
  return {
    clock,
    seen,
    paced: new Paced<number>({ clock, perTurn: 10, sizeOf: (size) => size, handOn: (size) => void seen.push(size) }),
  };
}

test("what one turn can take is handed on at once", () => {
  const { clock, seen, paced: some } = paced();
  for (const size of [1, 2, 3]) some.push(size);
  expect([seen, clock.pending]).toEqual([[1, 2, 3], 0]);
});

test("more than that goes on in the turns that follow, in its order, before what comes meanwhile", () => {
  const { clock, seen, paced: some } = paced();
  for (const size of [6, 7, 8, 9, 1]) some.push(size);
  expect([seen, some.waiting]).toEqual([[6, 7], 18]);
  clock.turn();
  expect([seen, some.waiting]).toEqual([[6, 7, 8, 9], 1]);
  some.push(2);
  expect(seen).toEqual([6, 7, 8, 9]);
  clock.turn();
  expect([seen, some.waiting, clock.pending]).toEqual([[6, 7, 8, 9, 1, 2], 0, 0]);
});

test("one that is larger than a turn's share has a turn of its own", () => {
  const { clock, seen, paced: some } = paced();
  for (const size of [50, 60, 70]) some.push(size);
  expect(seen).toEqual([50]);
  clock.turn();
  expect(seen).toEqual([50, 60]);
  clock.turn();
  expect(seen).toEqual([50, 60, 70]);
});

test("what is pushed while one is handed on keeps its place", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const some = new Paced<number>({
    clock,
    perTurn: 10,
    sizeOf: (size) => size,
    handOn: (size) => {
      seen.push(size);
      if (size === 20) some.push(3);
    },
  });
  for (const size of [20, 4]) some.push(size);
  while (clock.turn());
  expect(seen).toEqual([20, 3, 4]);
});

test("what waits can be handed on at once, or forgotten", () => {
  const { clock, seen, paced: some } = paced();
  for (const size of [20, 1, 2]) some.push(size);
  some.flush();
  expect([seen, some.waiting]).toEqual([[20, 1, 2], 0]);
  some.push(3);
  some.clear();
  while (clock.turn());
  some.push(4);
  expect(seen).toEqual([20, 1, 2, 4]);
});
