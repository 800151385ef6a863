import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { FailedHandlers } from "./failed-handlers.js";

function scene() {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const failed = new FailedHandlers({ clock, log: (level, line) => lines.push(`${level}: ${line}`) });
  const fail = (times: number, asked = true, outcome: "resume" | "restart" = "resume"): void => {
    for (let n = 0; n < times; n++)
      failed.note({ id: "cart-7", actor: "cart", message: "checkout", outcome }, asked, new Error("declined"));
  };
  return { clock, lines, failed, fail };
}

test("a line says which handler of which actor threw; it is an error where nobody else hears of it", () => {
  const { lines, fail } = scene();
  fail(1);
  fail(1, false);
  const text = "the handler of checkout threw, and actor cart-7 (cart) goes on: declined";
  expect(lines).toEqual([`warn: ${text}`, `error: ${text}`]);
});

test("an actor that restarts has another line for it", () => {
  const { lines, fail } = scene();
  fail(3, true, "restart");
  expect(lines).toEqual([]);
});

test("of a flood ten lines a second are said, and a number", async () => {
  const { clock, lines, failed, fail } = scene();
  fail(500);
  failed.noteMore(30);
  expect(lines).toHaveLength(10);
  await clock.run(1_000);
  expect(lines.slice(10)).toEqual([expect.stringMatching(/^error: 520 more handlers threw within a second/)]);
  await clock.run(10_000);
  fail(3);
  expect(lines).toHaveLength(14);
});
