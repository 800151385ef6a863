import { StrictChecks } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Forwardings } from "./forwardings.js";

const [x, y] = ["n@1/0.1", "n@1/1.1"];

test("an entry that was used after its marker was sent does not end by the answer", () => {
  const entries = new Forwardings(new StrictChecks());
  const entry = entries.add("a", 1, x, 2, 0);
  entries.asked(entry, 7, 10);
  expect(entries.use("a", 1, 11)).toBe(entry);
  expect(entries.answered(7)).toBe(false);
  entries.asked(entry, 8, 20);
  expect(entries.answered(8)).toBe(true);
  expect([entries.size, entries.use("a", 1, 30)]).toEqual([0, undefined]);
});

test("only entries that rested are asked about, oldest first, none behind one in use", () => {
  const entries = new Forwardings(new StrictChecks());
  const [first, second] = [entries.add("a", 1, x, 2, 0), entries.add("b", 1, x, 2, 0)];
  entries.add("c", 1, x, 2, 90);
  expect(entries.idle(100, 50)).toEqual([first, second]);
  entries.use("a", 1, 99);
  expect(entries.idle(100, 50)).toEqual([]);
});

test("the newest place known is the end of the chain that starts here", () => {
  const entries = new Forwardings(new StrictChecks());
  entries.add("a", 1, x, 2, 0);
  const last = entries.add("a", 2, y, 5, 0);
  expect(entries.newest("a", 1)).toBe(last);
  expect(entries.newest("a", 3)).toBeUndefined();
  expect(entries.towards((place) => place === y)).toEqual([last]);
});

test("whoever waits for room hears of each entry that ends", () => {
  const entries = new Forwardings(new StrictChecks());
  let ended = 0;
  entries.onEnded(() => ended++);
  const [first, second] = [entries.add("a", 1, x, 2, 0), entries.add("b", 1, x, 2, 0)];
  entries.asked(first, 7, 10);
  entries.answered(7);
  entries.answered(7);
  expect([entries.size, ended]).toEqual([1, 1]);
  entries.drop(second);
  expect([entries.size, ended]).toEqual([0, 2]);
});
