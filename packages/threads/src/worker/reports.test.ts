import type { DeadLetter, HandlerFailure, ToMainFrame } from "@process-hub/protocol";
import { settle } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { Reports } from "./reports.js";

function scene() {
  const sent: ToMainFrame[] = [];
  const reports = new Reports((frame) => void sent.push(frame));
  const lose = (times: number, reason: string, count = 1): void => {
    const letter: DeadLetter = { to: "a", message: "add", sender: null, reason, detail: "gone", count };
    for (let n = 0; n < times; n++) reports.deadLetter(letter);
  };
  const letters = (): readonly DeadLetter[][] => sent.flatMap((frame) => (frame.type === "deadLetters" ? [frame.envelopes] : []));
  return { lose, letters };
}

test("dead letters of one turn are one report, those of the next another", async () => {
  const { lose, letters } = scene();
  lose(2, "ActorNotFound");
  expect(letters()).toEqual([]);
  await settle();
  lose(1, "MailboxFull");
  await settle();
  expect(letters().map((report) => report.map(({ reason }) => reason))).toEqual([
    ["ActorNotFound", "ActorNotFound"],
    ["MailboxFull"],
  ]);
});

test("of a flood 64 are whole, the rest are counted by reason", async () => {
  const { lose, letters } = scene();
  lose(60, "ActorNotFound");
  lose(10, "MailboxFull", 2);
  lose(5, "ActorNotFound");
  await settle();
  const [report = []] = letters();
  expect(report).toHaveLength(66);
  expect(report.slice(64).map(({ to, reason, count }) => [to, reason, count])).toEqual([
    [null, "MailboxFull", 12],
    [null, "ActorNotFound", 5],
  ]);
  expect(report.reduce((sum, { count }) => sum + count, 0)).toBe(60 + 20 + 5);
});

test("figures of one turn are not in the report of the next", async () => {
  const { lose, letters } = scene();
  lose(70, "ActorNotFound");
  await settle();
  lose(1, "ActorNotFound");
  await settle();
  expect(letters()[1]).toHaveLength(1);
});

test("handlers that threw in one turn are one report: 64 whole, the rest as a number", async () => {
  const sent: ToMainFrame[] = [];
  const reports = new Reports((frame) => void sent.push(frame));
  const failure: HandlerFailure = {
    ...{ id: "a", actor: "cart", message: "checkout", sender: null, asked: true, outcome: "resume" },
    error: { name: "Error", message: "declined" } as HandlerFailure["error"],
  };
  for (let n = 0; n < 100; n++) reports.handlerFailed(failure);
  await settle();
  reports.handlerFailed(failure);
  await settle();
  const told = sent.map((frame) => (frame.type === "handlersFailed" ? [frame.failures.length, frame.more] : frame.type));
  expect(told).toEqual([
    [64, 36],
    [1, 0],
  ]);
});
