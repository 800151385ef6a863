import { expect, test } from "vitest";
import { StartWindow } from "./start-window.js";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a thread has at most so many starts in hand; the next go out as those end, and other threads have a number of their own", async () => {
  const sent: { readonly place: string; readonly batch: readonly number[]; readonly end: () => void }[] = [];
  const window = new StartWindow<number>(10, (place, batch) => new Promise((end) => sent.push({ place, batch, end })));
  window.add(
    "a",
    Array.from({ length: 20 }, (_, i) => i),
  );
  window.add("b", [100]);
  expect(sent.map(({ place, batch }) => [place, batch.length])).toEqual([
    ["a", 8],
    ["a", 2],
    ["b", 1],
  ]);
  sent[1]?.end();
  await turn();
  expect(sent.slice(3).map(({ batch }) => batch)).toEqual([[10, 11]]);
  for (const { end } of sent) end();
  await turn();
  for (const { end } of sent) end();
  await turn();
  expect(sent.filter(({ place }) => place === "a").flatMap(({ batch }) => batch)).toEqual(
    Array.from({ length: 20 }, (_, i) => i),
  );
});
