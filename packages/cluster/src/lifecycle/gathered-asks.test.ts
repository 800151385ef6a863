import { sliceSize } from "@process-hub/protocol";
import { settle } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { GatheredAsks } from "./gathered-asks.js";

/** Answers twice the number, when told to. */
function desk() {
  const asked: (readonly [string, number])[] = [];
  const open: ((isAnswered: boolean) => void)[] = [];
  const asks = new GatheredAsks<number, number>({
    ask: (to, items) => {
      asked.push([to, items.length]);
      return new Promise((resolve, reject) => {
        open.push((isAnswered) => (isAnswered ? resolve(items.map((n) => n * 2)) : reject(new Error("no"))));
      });
    },
  });
  const answer = async (isAnswered = true): Promise<void> => {
    open.shift()?.(isAnswered);
    await settle();
  };
  return { asks, asked, answer };
}

test("the first goes at once, and what comes meanwhile in the next questions, a slice in each", async () => {
  const { asks, asked, answer } = desk();
  const all = Promise.all(Array.from({ length: sliceSize + 2 }, (_, i) => asks.about("b", i)));
  expect(asked).toEqual([["b", 1]]);
  for (let i = 0; i < 3; i++) await answer();
  expect(asked).toEqual([
    ["b", 1],
    ["b", sliceSize],
    ["b", 1],
  ]);
  expect(await all).toEqual(Array.from({ length: sliceSize + 2 }, (_, i) => i * 2));
});

test("each who is asked has its own questions, and one that fails keeps no later one", async () => {
  const { asks, asked, answer } = desk();
  const [first, second, other] = [asks.about("b", 1), asks.about("b", 2), asks.about("c", 3)];
  await answer(false);
  await answer();
  await answer();
  expect([await first, await other, await second]).toEqual([undefined, 6, 4]);
  const later = asks.about("b", 5);
  await answer();
  expect([asked.at(-1), await later]).toEqual([["b", 1], 10]);
});
