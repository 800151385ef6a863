import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { FullMailboxes } from "./full-mailboxes.js";

test("a line a second says how many were turned away, and names those with the most", async () => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const full = new FullMailboxes({ clock, log: (level, line) => lines.push(`${level}: ${line}`) });
  for (let i = 0; i < 7; i++) for (let n = 0; n <= i; n++) full.note(`a-${i}`);
  await clock.run(999);
  expect(lines).toEqual([]);
  await clock.run(1);
  expect(lines).toEqual([expect.stringContaining("warn: 28 messages were turned away")]);
  expect(lines[0]).toContain("of a-6 (7), a-5 (6), a-4 (5), a-3 (4), a-2 (3) and 2 more");
  await clock.run(5_000);
  expect(lines).toHaveLength(1);
  full.note("b");
  await clock.run(1_000);
  expect(lines[1]).toContain("1 messages were turned away");
});
