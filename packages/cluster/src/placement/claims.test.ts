import { InvariantBroken, StrictChecks } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Claims } from "./claims.js";

const claims = (): Claims => new Claims(new StrictChecks());

test("a start is under way from its beginning to its end, and who waits for that goes on then", async () => {
  const all = claims();
  await all.startSettled("x");
  all.beginStart("x", 3);
  let settled = false;
  const settling = all.startSettled("x").then(() => {
    settled = true;
  });
  await Promise.resolve();
  expect([all.isStarting("x"), settled]).toEqual([true, false]);
  expect(all.endStart("x")).toBe(false);
  await settling;
  expect([all.isStarting("x"), settled]).toEqual([false, true]);
});

test("an end under the epoch of a start under way is the end of that start; an earlier life's is not", () => {
  const all = claims();
  expect(all.endedEarly("x", 3)).toBe(false);
  all.beginStart("x", 3);
  expect(all.endedEarly("x", 2)).toBe(false);
  expect(all.endedEarly("x", 3)).toBe(true);
  expect(all.endStart("x")).toBe(true);
});

test("a start on another node has no epoch here: no end is told early of it", () => {
  const all = claims();
  all.beginStart("x", undefined);
  expect(all.endedEarly("x", 9)).toBe(false);
  expect(all.endStart("x")).toBe(false);
});

test("an id is being placed while it is restarted here, or another node was asked to start it", () => {
  const all = claims();
  all.beginRestart("x");
  all.beginPlacing("y");
  expect(["x", "y", "z"].map((id) => all.isPlacing(id))).toEqual([true, true, false]);
  expect([all.isRestarting("x"), all.isRestarting("y")]).toEqual([true, false]);
  all.endRestart("x");
  all.endPlacing("y");
  expect(["x", "y"].map((id) => all.isPlacing(id))).toEqual([false, false]);
});

test("the same is not under way twice: not a start, a restart, a placing or a swap", () => {
  const all = claims();
  for (const begin of [
    () => all.beginStart("x", 1),
    () => all.beginRestart("x"),
    () => all.beginPlacing("x"),
    () => all.beginSwap("x"),
  ]) {
    begin();
    expect(begin).toThrow(InvariantBroken);
  }
  all.endSwap("x");
  expect(all.isSwapping("x")).toBe(false);
});
