import type { RegistryRecord } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Tombstones } from "./tombstones.js";

const hourMs = 3_600_000;
const born = (id: string, bornAtMs: number): RegistryRecord => ({
  spec: { id, actor: "counter", args: undefined, restart: "permanent" },
  place: "a@1/0.0",
  epoch: 1,
  mode: "active",
  bornAtMs,
  state: "running",
});

test("what was born before the end is over, whatever is heard of it later; what is born after it is not", () => {
  const ended = new Tombstones();
  ended.add({ id: "x", atMs: 50 }, "a");
  ended.add({ id: "x", atMs: 40 }, "b");
  expect([1, 45, 50, 51].map((atMs) => ended.covers(born("x", atMs)))).toEqual([true, true, true, false]);
  expect(ended.covers(born("y", 1))).toBe(false);
});

test("an actor that starts again is born after the end of the one before, on a node whose clock is behind as well", () => {
  const ended = new Tombstones();
  ended.add({ id: "x", atMs: 50 }, "a");
  expect([ended.birth("x", 10), ended.birth("x", 90), ended.birth("y", 10)]).toEqual([51, 90, 10]);
  expect(ended.covers(born("x", ended.birth("x", 10)))).toBe(false);
});

test("what ended since an instant is told, by those who are to tell it", () => {
  const ended = new Tombstones();
  for (const [id, atMs, life] of [
    ["x", 10, "a"],
    ["y", 20, "a"],
    ["z", 30, "b"],
  ] as const)
    ended.add({ id, atMs }, life);
  expect(ended.since(15, () => true)).toEqual([
    { id: "y", atMs: 20 },
    { id: "z", atMs: 30 },
  ]);
  expect(ended.since(0, (life) => life === "b")).toEqual([{ id: "z", atMs: 30 }]);
});

test("an hour and ten thousand of it are kept, the latest", () => {
  const ended = new Tombstones();
  for (let i = 0; i < 10_050; i++) ended.add({ id: `x-${i}`, atMs: i }, "a");
  expect(ended.since(0, () => true)).toHaveLength(10_000);
  expect([49, 50].map((i) => ended.covers(born(`x-${i}`, 0)))).toEqual([false, true]);
  ended.add({ id: "late", atMs: 10_049 + hourMs }, "a");
  expect(ended.since(0, () => true)).toEqual([{ id: "late", atMs: 10_049 + hourMs }]);
});
