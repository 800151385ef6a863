import { expect, test } from "vitest";
import { RecentRecipients } from "./recent-recipients.js";

test("keeps when each was last written to", () => {
  const told = new RecentRecipients(1_000);
  told.note("a", 1);
  told.note("b", 2);
  told.note("a", 3);
  expect([...told]).toEqual([
    ["a", 3],
    ["b", 2],
  ]);
});

test("forgets those written to longer ago than a link takes, so it does not grow with all recipients there ever were", () => {
  const told = new RecentRecipients(1_000);
  for (let i = 0; i < 100_000; i++) told.note(`actor-${i}`, i);
  expect(told.size).toBeLessThan(2_200);
  for (let i = 99_000; i < 100_000; i++) expect(told.get(`actor-${i}`)).toBe(i);
});

test("never forgets one that a link may still have", () => {
  const told = new RecentRecipients(1_000);
  for (let i = 0; i < 5_000; i++) told.note(`actor-${i}`, 500);
  expect(told.size).toBe(5_000);
});
