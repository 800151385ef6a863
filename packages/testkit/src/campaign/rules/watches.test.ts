import { expect, test } from "vitest";
import type { HistoryEvent } from "../../history.js";
import type { Outcome } from "../outcomes.js";
import { judgeEnds } from "./ends.js";
import { event, settings, t0 } from "./fixtures/small-history.js";
import { LifeRecord } from "./record.js";
import { judgeWatches } from "./watches.js";

const there = ["node-0", "node-1"].map((node) =>
  event(1, node, "childRegistered", { id: "w", replicas: [{ node: "node-1", thread: 0, epoch: 1 }] }),
);
const life = (...events: readonly HistoryEvent[]) => new LifeRecord(settings, [], [...there, ...events]);
const stopped = (ms: number, id: string, reason: string, node = "node-1") => event(ms, node, "childStopped", { id, reason });

test("a watcher hears of an end that had come, with its reason", () => {
  const wrong = (reason: string, ...events: readonly HistoryEvent[]) =>
    judgeWatches(life(...events, event(500, "node-0", "heardGone", { id: "k", to: "w", reason }))).length;
  expect([wrong("Stop"), wrong("Stop", stopped(400, "w", "stop")), wrong("Stop", stopped(400, "v", "stop"))]).toEqual([1, 0, 1]);
  expect([wrong("Stop", stopped(600, "w", "stop")), wrong("Stop", stopped(400, "w", "crashed"))]).toEqual([1, 1]);
  expect([wrong("Crash", stopped(400, "w", "crashed")), wrong("Crash", stopped(400, "w", "stop"))]).toEqual([0, 1]);
  expect([wrong("NodeDown"), wrong("NodeDown", stopped(400, "w", "stop"))]).toEqual([1, 1]);
  const stop = (id: string): Outcome => ({
    ...{ kind: "stop", what: "stop", by: "node-0", ids: [id], fromMs: t0 + 200, toMs: t0 + 300 },
    ...{ failure: undefined, value: undefined },
  });
  const away = event(250, "node-1", "childUnregistered", { id: "w" });
  const heard = event(500, "node-0", "heardGone", { id: "k", to: "w", reason: "Stop" });
  const without = (call: Outcome, ...events: readonly HistoryEvent[]) =>
    judgeWatches(new LifeRecord(settings, [call], [...there, ...events, heard])).length;
  expect([without(stop("w"), away), without(stop("v"), away), without(stop("w"))]).toEqual([0, 1, 1]);
  const unknown = (node: string) => event(300, node, "childUnregistered", { id: "w" });
  const late = (...events: readonly HistoryEvent[]) =>
    judgeWatches(life(event(90, "node-0", "memberJoined", { node: "node-1" }), ...events)).length;
  expect(late(event(500, "node-0", "heardGone", { id: "k", to: "w", reason: "NotFound" }), unknown("node-1"))).toBe(0);
});

test("a linked actor ends when its parent has", () => {
  const ends = (...events: readonly HistoryEvent[]) =>
    judgeEnds(life(...events, stopped(500, "w", "its parent p is gone"))).filter((text) => text.startsWith("w ")).length;
  expect([
    ends(),
    ends(stopped(400, "p", "as asked")),
    ends(stopped(400, "q", "as asked")),
    ends(stopped(600, "p", "as asked")),
  ]).toEqual([1, 0, 1, 1]);
});
