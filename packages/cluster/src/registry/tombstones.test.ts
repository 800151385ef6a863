import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { life } from "../fixtures/stage.js";
import { Tombstones } from "./tombstones.js";

const hourMs = 3_600_000;

test("every life of a lineage that ended is over, one that was begun later on the other side of a cut too; one that a user started anew is not", () => {
  const ended = new Tombstones(new VirtualClock());
  ended.add({ id: "x", lineage: "a@1#1" }, "a");
  const lives = [life("a@1#1"), life("b@1#7", 1, "a@1#1"), life("b@1#8", 2, "a@1#1"), life("a@1#2")];
  expect(lives.map((one) => ended.covers({ life: one }))).toEqual([true, true, true, false]);
});

test("an actor that was stopped, started and stopped again has two ends", () => {
  const ended = new Tombstones(new VirtualClock());
  for (const lineage of ["a@1#1", "a@1#2"]) ended.add({ id: "x", lineage }, "a");
  expect(["a@1#1", "a@1#2", "a@1#3"].map((name) => ended.covers({ life: life(name) }))).toEqual([true, true, false]);
});

test("the ends that came after so many are told, by those who are to tell them; one that another life records again is told again", () => {
  const ended = new Tombstones(new VirtualClock());
  for (const [id, by] of [
    ["x", "a"],
    ["y", "a"],
    ["z", "b"],
    ["y", "a"],
  ] as const)
    ended.add({ id, lineage: id }, by);
  expect([ended.count, ended.since(1, () => true).map(({ id }) => id)]).toEqual([3, ["y", "z"]]);
  ended.add({ id: "x", lineage: "x" }, "b");
  expect([ended.count, ended.since(3, () => true).map(({ id }) => id)]).toEqual([4, ["x"]]);
  expect(ended.since(0, (life) => life === "b").map(({ id }) => id)).toEqual(["z", "x"]);
  expect(["a", "b"].map((by) => ended.isBy({ life: life("x") }, (one) => one === by))).toEqual([true, true]);
  // Two nodes that tell each other of one are both to tell of it still.
  expect([..."ab"].map((by) => ended.since(0, (life) => life === by).some(({ id }) => id === "x"))).toEqual([true, true]);
});

test("ten thousand of them are kept, the latest, and each for an hour after this node learned of it", async () => {
  const clock = new VirtualClock();
  const ended = new Tombstones(clock);
  for (let i = 0; i < 10_050; i++) ended.add({ id: "x", lineage: `x-${i}` }, "a");
  expect(ended.since(0, () => true)).toHaveLength(10_000);
  expect([49, 50].map((i) => ended.covers({ life: life(`x-${i}`) }))).toEqual([false, true]);
  await clock.run(hourMs);
  ended.add({ id: "late", lineage: "late" }, "a");
  expect(ended.since(0, () => true)).toEqual([{ id: "late", lineage: "late" }]);
});
