import { expect, test } from "vitest";
import type { HistoryEvent } from "../../history.js";
import type { Outcome } from "../outcomes.js";
import { fault, settings, t0, event as told } from "./fixtures/small-history.js";
import { LifeRecord } from "./record.js";
import { judgeTimers } from "./timers.js";

const event = (ms: number, node: string, name: string, detail: object): HistoryEvent =>
  told(ms, node, name, { id: "s", ...detail });
const here = event(1, "node-1", "childRegistered", { replicas: [{ node: "node-1", thread: 0, epoch: 1 }] });
const sets = (detail: object) => event(100, "node-1", "sets", { n: 7, ...detail });
const tick = (ms: number, n = 7) => event(ms, "node-1", "ticks", { n });
const wrong = (...events: readonly HistoryEvent[]): string[] =>
  judgeTimers(new LifeRecord(settings, [], [here, ...events])).map((text) => text.replace(/^(timer|errand) 7 .*ms: /, ""));

test("a timer of an instant rings once, when it is due, unless its actor's life ended", () => {
  const at = sets({ delayMs: 300 });
  expect([wrong(at, tick(400)), wrong(at, tick(399)), wrong(at, tick(390)), wrong(at, tick(900))]).toEqual([
    [],
    [],
    ["it rang 10 ms early"],
    [],
  ]);
  expect(wrong(at, fault(150, "clock of node-1 9 ms ahead"), tick(390))).toEqual([]);
  expect([wrong(at), wrong(at, tick(400, 8))]).toEqual([["it never rang"], ["it never rang"]]);
  const stopped = (ms: number, id = "s") => event(ms, "node-1", "childStopped", { id, reason: "stop" });
  expect([wrong(at, stopped(200)), wrong(at, stopped(200, "t")), wrong(at, stopped(50))]).toEqual([
    [],
    ["it never rang"],
    ["it never rang"],
  ]);
  expect(wrong(at, tick(400), tick(500))).toEqual(["it rang 2 times"]);
  expect(wrong(at, tick(400), event(450, "node-1", "childRestarted", {}), tick(500))).toEqual([]);
});

test("one that repeats rings as often as it may", () => {
  const every = sets({ everyMs: 100 });
  expect(wrong(every, tick(200), tick(300), tick(400))).toEqual([]);
  expect(wrong(every, tick(200), tick(210), tick(220), tick(230))).toEqual(["it rang 4 times within 130 ms, every 100"]);
  expect(wrong(every)).toEqual([]);
});

test("an errand has its context, and no more time than the actor before it", () => {
  const sent: Outcome = {
    ...{ kind: "errand", what: "errand", by: "node-0", ids: ["s"], entry: 7, timeoutMs: 3_000, fromMs: t0, toMs: t0 + 900 },
    ...{ failure: undefined, value: 2 },
  };
  const hop = (hops: number, leftMs: number, context: number | undefined = 7) =>
    event(100, "node-1", "errand", { n: 7, hops, context, leftMs });
  const went = (...events: readonly HistoryEvent[]) =>
    judgeTimers(new LifeRecord(settings, [sent], [here, ...events])).map((text) => text.replace(/^.*ms: /, ""));
  expect(went(hop(2, 2_990), hop(1, 2_900), hop(0, 2_800))).toEqual([]);
  expect(went(hop(2, 3_100))).toEqual(["it has 3100 ms left, and the one before had 3000"]);
  expect(went(hop(2, 2_990), hop(1, 5_000))).toEqual(["it has 5000 ms left, and the one before had 2990"]);
  expect(went(hop(2, 2_990, 8))).toEqual(["it has the context of 8"]);
  expect(went(hop(2, 2_990), hop(1, 2_900, -1))).toEqual(["it has the context of -1"]);
});
