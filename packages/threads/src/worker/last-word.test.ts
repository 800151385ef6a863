import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { LastWord } from "./last-word.js";

function scene(needed: number) {
  const clock = new VirtualClock(0);
  const seen: string[] = [];
  const word = new LastWord({ places: ["b", "c"], needed, clock, late: () => void seen.push("late") });
  void word.ended.then((isSafe) => seen.push(isSafe ? "safe" : "unsafe"));
  return { clock, seen, word };
}

test("a last word ends when all followers have it, and is safe when enough do", async () => {
  const { clock, seen, word } = scene(2);
  word.taken("b");
  word.taken("b");
  word.taken("stranger");
  await clock.run(500);
  expect(seen).toEqual([]);
  word.taken("c");
  await clock.run(5_000);
  expect(seen).toEqual(["safe"]);
});

test.each([
  [1, "safe"],
  [2, "unsafe"],
] as const)("it waits for none that is down: with %i needed it is %s", async (needed, outcome) => {
  const { clock, seen, word } = scene(needed);
  word.taken("b");
  word.placeDown((place) => place === "c");
  await clock.run(0);
  expect(seen).toEqual([outcome]);
});

test("it ends after a second, said to be late", async () => {
  const { clock, seen } = scene(1);
  await clock.run(999);
  expect(seen).toEqual([]);
  await clock.run(1);
  expect(seen).toEqual(["late", "unsafe"]);
});
