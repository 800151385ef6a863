import { expect, test } from "vitest";
import type { HistoryEvent } from "../../history.js";
import type { Outcome } from "../outcomes.js";
import type { Reading } from "../talks/reading.js";
import { fault, settings, t0, event as told } from "./fixtures/small-history.js";
import { LifeRecord } from "./record.js";
import { judgeStreams } from "./streams.js";

const event = (ms: number, node: string, name: string, detail: object): HistoryEvent =>
  told(ms, node, name, { id: "s", ...detail });
const here = ["node-0", "node-1"].map((node) =>
  event(1, node, "childRegistered", { replicas: [{ node: "node-1", thread: 0, epoch: 1 }] }),
);
const items = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);
const whole: Reading = { n: 7, stream: "flow", from: 0, to: 50, pauseMs: 0, got: items(50), end: "whole" };
const failed = (code: string, fields: object = {}, message = code) => ({ code, message, fields: { ...fields } });
const read = (reading: Partial<Reading>, kind: "stream" | "draw" = "stream"): Outcome => ({
  ...{ kind, what: kind, by: "node-0", ids: ["s"], fromMs: t0 + 100, toMs: t0 + 200, failure: undefined },
  value: { ...whole, ...reading },
});
const wrong = (reading: Partial<Reading>, ...events: readonly HistoryEvent[]): string[] =>
  judgeStreams(new LifeRecord(settings, [read(reading)], [...here, ...events])).map((text) =>
    text.split(": ").slice(1).join(": "),
  );
const begun = event(110, "node-1", "flowBegun", { n: 7 });
const ended = (made: number, why = "none") => event(190, "node-1", "flowEnded", { n: 7, made, why });

test("the items of a stream come in order, each once, and all before its end", () => {
  expect(wrong({}, begun, ended(50))).toEqual([]);
  expect(wrong({ got: [0, 1, 3, 2], end: "broken" })).toEqual(["item 2 is 3, and should be 2"]);
  expect(wrong({ got: [0, 1, 1], end: "broken" })).toEqual(["item 2 is 1, and should be 2"]);
  expect(wrong({ from: 5, to: 10, got: items(5) })).toEqual(["item 0 is 0, and should be 5"]);
  expect(wrong({ from: 5, to: 10, got: items(5, 5) })).toEqual([]);
  expect(wrong({ got: items(49) })).toEqual(["it ended as whole after 49 items of 50"]);
  expect(wrong({ to: 49 })).toEqual(["it had 50 items of 49"]);
  expect(wrong({ stream: "dry" })).toEqual(["it ended as whole after 50 items of 50"]);
  expect(judgeStreams(new LifeRecord(settings, [read({ got: [1] }, "draw")], []))).toHaveLength(1);
});

test("what a generator throws comes after all its items", () => {
  const dry = failed("HandlerFailed", {}, "dry");
  expect(wrong({ stream: "dry", end: dry })).toEqual([]);
  expect(wrong({ stream: "dry", end: dry, got: items(49) })).toEqual(["it threw after 49 items of 50"]);
  expect(wrong({ end: dry })).toEqual(["it threw after 50 items of 50"]);
  expect(wrong({ got: items(9), end: failed("HandlerFailed", {}, "wet") })).toEqual([
    "it failed after 9 items with HandlerFailed: wet",
  ]);
});

test("a cut says how many came, and has a cause", () => {
  const cut = (count: number) => ({ got: items(20), end: failed("StreamCut", { items: count }) });
  const moving = (ms: number, id: string) => event(ms, "node-1", "childrenMoving", { ids: [id], to: "node-2" });
  const moved = event(105, "node-1", "childrenMoved", { ids: ["s"], to: "node-2" });
  const nothing = ["nothing that happened explains StreamCut: StreamCut"];
  expect([wrong(cut(20)), wrong(cut(20), moving(150, "t")), wrong(cut(20), moving(150, "s"))]).toEqual([nothing, nothing, []]);
  expect(wrong(cut(21), moving(150, "s"))).toEqual(["it was cut, by its word after 21 items, and had 20"]);
  expect(wrong(cut(20), moving(10, "s"), { ...moved, atMs: t0 + 20 })).toEqual(nothing);
  const stops = (ms: number, id: string) => event(ms, "node-1", "childStopped", { id, reason: "as asked" });
  expect([wrong(cut(20), stops(230, "s")), wrong(cut(20), stops(230, "t")), wrong(cut(20), stops(90, "s"))]).toEqual([
    [],
    nothing,
    nothing,
  ]);
  const killed = (node: string) => wrong(cut(20), fault(150, `kill thread 0 of ${node}`));
  expect([killed("node-1"), killed("node-0"), killed("node-2")]).toEqual([[], [], nothing]);
  const inDraw = read({ ...cut(21) }, "draw");
  expect(judgeStreams(new LifeRecord(settings, [inDraw], here))).toHaveLength(1);
});

test("what its reader did not get has the causes of an ask; its own abort needs none", () => {
  expect(wrong({ got: items(3), end: failed("RangeError", {}, "reads no more") })).toEqual([]);
  expect(wrong({ got: [], end: failed("ActorNotFound") })).toEqual([
    "nothing that happened explains ActorNotFound: ActorNotFound",
  ]);
  const away = (node: string) => event(50, node, "childUnregistered", {});
  expect(wrong({ got: [], end: failed("ActorNotFound") }, away("node-0"), away("node-1"))).toEqual([]);
  // Once an item has come it is a cut.
  expect(wrong({ got: [0], end: failed("ActorStopped") }, away("node-1"))).toEqual([
    "it failed after 1 items with ActorStopped: ActorStopped",
  ]);
  const down = failed("NodeDown", { node: "node-0" });
  expect(wrong({ got: [0], end: down }, fault(150, "crash node-0"))).toEqual([]);
  expect(wrong({ got: [0], end: down }, fault(150, "crash node-1"))).toHaveLength(1);
});

test("a generator keeps the pace of its reader, and ends", () => {
  const slow = { got: items(5), to: 100, end: "broken" } as const;
  expect([wrong(slow, begun, ended(38)), wrong(slow, begun, ended(39))]).toEqual([[], ["its generator was 34 items ahead"]]);
  expect(wrong({}, begun, ended(49))).toEqual(["its generator made 49 items, and 50 came"]);
  const never = ["stream 7 of s began on node-1 at 110.00 ms, and its generator never ended"];
  const open = (...events: readonly HistoryEvent[]) => judgeStreams(new LifeRecord(settings, [], [...here, begun, ...events]));
  expect([open(), open(ended(3)), open(fault(300, "crash node-1")), open(fault(300, "crash node-2"))]).toEqual([
    never,
    [],
    [],
    never,
  ]);
  expect(open(fault(90, "kill thread 0 of node-1"))).toEqual(never);
});
