import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { LocalNode } from "./local-node.js";
import { Probation } from "./probation.js";

function newcomer(probationMs: number, others: { probation?: boolean }[] = [{}]) {
  const clock = new VirtualClock();
  const local = new LocalNode("b", "b1", 0);
  const said: string[] = [];
  const probation = new Probation({ probationMs, clock, local, others: () => others, ended: () => said.push("ended") });
  return { clock, local, said, probation };
}

test("a newcomer is on probation from before it joins until its time is over", async () => {
  const { clock, local, said, probation } = newcomer(1_000);
  expect(local.probation).toBe(true);
  await clock.run(50);
  probation.joined();
  await clock.run(999);
  expect([local.probation, probation.leftMs, said]).toEqual([true, 1, []]);
  await clock.run(1);
  expect([local.probation, probation.leftMs, said]).toEqual([false, 0, ["ended"]]);
});

test.each([
  ["there is no such time", 0, [{}]],
  ["nobody else is there", 1_000, []],
  ["the others are newcomers too", 1_000, [{ probation: true }]],
])("there is none where %s", (_why, probationMs, others) => {
  const { local, probation } = newcomer(probationMs, others);
  probation.joined();
  expect([local.probation, probation.leftMs]).toEqual([false, 0]);
});

test.each([
  [1, 2_000],
  [3, 8_000],
  [99, 64_000],
])("after %i deaths of its name it takes %i ms", async (deaths, ms) => {
  const { clock, local, probation } = newcomer(1_000);
  probation.joined();
  probation.told(deaths);
  probation.told(1);
  expect([probation.deaths, probation.leftMs]).toEqual([deaths, ms]);
  await clock.run(ms - 1);
  expect(local.probation).toBe(true);
  await clock.run(1);
  expect(local.probation).toBe(false);
});

test("the others count the deaths of a name, until it leaves in good order or has lived for an hour", async () => {
  const { clock, probation } = newcomer(1_000);
  expect(probation.met("x")).toBeUndefined();
  probation.left("x", "down");
  expect(probation.met("x")).toBe(1);
  probation.left("x", "down");
  expect(probation.met("x")).toBe(2);
  await clock.run(3_600_000);
  probation.left("x", "down");
  expect(probation.met("x")).toBe(1);
  probation.left("x", "left");
  expect(probation.met("x")).toBeUndefined();
});
