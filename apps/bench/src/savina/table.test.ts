import { expect, test } from "vitest";
import { heading, rowText } from "./table.js";

const row = { program: "sieve", threads: 2, size: "full", messages: 50_000, ms: 250, exact: true, lost: 0 } as const;
const words = (text: string): string[] => text.split(/ +/);

test("a row has a word for each of the heading", () => {
  expect(words(heading)).toEqual(["program", "threads", "size", "messages", "ms", "us/message", "exact"]);
  expect(words(rowText(row))).toEqual(["sieve", "2", "full", "50,000", "250", "5.00", "yes"]);
});

test("what was lost, and why it is not exact, is told", () => {
  const text = rowText({ ...row, exact: false, lost: 1_234, why: "expected 5, got 4; 1234 MailboxFull" });
  expect(text).toMatch(/ no, lost 1,234\n {2}expected 5, got 4; 1234 MailboxFull$/);
});
