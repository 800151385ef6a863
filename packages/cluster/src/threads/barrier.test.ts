import { expect, test } from "vitest";
import { Barrier } from "./barrier.js";

const isDone = async (promise: Promise<void>): Promise<boolean> => {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return done;
};

test("resolves when each has said so, or is gone", async () => {
  const barrier = new Barrier();
  const all = barrier.begin("x", ["a", "b", "c"]);
  barrier.said("x", "a");
  barrier.said("x", "a");
  barrier.said("y", "b");
  expect(await isDone(all)).toBe(false);
  barrier.said("x", "b");
  barrier.gone("c");
  expect(await isDone(all)).toBe(true);
});

test("of nobody is over at once, and another of the same key ends it", async () => {
  const barrier = new Barrier();
  expect(await isDone(barrier.begin("x", []))).toBe(true);
  const first = barrier.begin("x", ["a"]);
  const second = barrier.begin("x", ["a"]);
  expect([await isDone(first), await isDone(second)]).toEqual([true, false]);
});
