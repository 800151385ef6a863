import { expect, test } from "vitest";
import type { HistoryEvent } from "../../history.js";
import { cryOf } from "../talks/herald.actor.js";
import { judgeEvents } from "./events.js";
import { event, fault, settings } from "./fixtures/small-history.js";
import { LifeRecord } from "./record.js";

/** The herald emits the numbers up to `last`, the latest of them by one message. */
const cries = (ms: number, n: number, times: number, last: number) =>
  event(ms, "node-1", "proclaimed", { id: "h", n, times, last });
const hears = (ms: number, detail: object, by = "ear-1") => event(ms, "node-0", "hears", { by, to: "h", ...detail });
const hear = (ms: number, seq: number, n: number, index: number, more: object = {}, by?: string) =>
  hears(ms, { type: "event", seq, k: cryOf(n, index), ...more }, by);
const gap = (ms: number, seq: number, reason: string, more: object = {}, by?: string) =>
  hears(ms, { type: "resync", seq, reason, ...more }, by);
const wrong = (...events: readonly HistoryEvent[]): string[] =>
  judgeEvents(new LifeRecord(settings, [], events)).map((text) => text.replace(/^.*of h: /, ""));
const restarted = event(150, "node-1", "childRestarted", { id: "h", cause: "x" });

test("a node hears each event once, in order, as it was emitted", () => {
  const emitted = cries(100, 5, 3, 3);
  expect(wrong(emitted, hear(110, 1, 5, 0), hear(110, 2, 5, 1), hear(110, 3, 5, 2))).toEqual([]);
  expect(wrong(emitted, hear(110, 1, 5, 0), hear(110, 3, 5, 2))).toEqual(["entry 1: number 3 after 1, and no gap was told"]);
  expect(wrong(emitted, hear(110, 1, 5, 0), hear(110, 1, 5, 0))).toEqual(["entry 1: number 1 after 1"]);
  expect(wrong(emitted, hear(110, 2, 5, 0))).toEqual(["number 2 with 50000 was not emitted"]);
  expect(wrong(emitted, hear(90, 1, 5, 0))).toEqual(["number 1 with 50000 was not emitted"]);
  const since = event(105, "node-0", "listens", { by: "ear-1", to: "h", since: 1 });
  expect([wrong(emitted, since, hear(110, 2, 5, 1)), wrong(emitted, since, hear(110, 3, 5, 2))]).toEqual([
    [],
    ["entry 1: number 3 after 1, and no gap was told"],
  ]);
});

test("an actor hears what follows on what its state has heard", () => {
  const emitted = cries(100, 5, 3, 3);
  const by = "listener-0";
  const ear = (last: number, highest = last) => ({ ear: { last, highest } });
  expect(wrong(emitted, hear(110, 2, 5, 1, ear(1), by), hear(120, 2, 5, 1, ear(1), by))).toEqual([]);
  expect(wrong(emitted, hear(110, 3, 5, 2, ear(1), by))).toHaveLength(1);
  expect(wrong(emitted, hear(110, 1, 5, 0, ear(1), by))).toHaveLength(1);
  expect(wrong(emitted, hear(110, 3, 5, 2, ear(-1), by))).toEqual([]);
  expect(wrong(emitted, hear(110, 3, 5, 2, ear(2, 1), by))).toEqual([]);
});

test("an actor gives each number once, also when it began anew; one that was started after its end counts anew", () => {
  const twice = ["h gave the number 3 2 times"];
  expect([wrong(cries(100, 5, 3, 3), cries(200, 6, 1, 3)), wrong(cries(100, 5, 3, 3), restarted, cries(200, 6, 1, 3))]).toEqual([
    twice,
    twice,
  ]);
  const ended = event(150, "node-1", "childStopped", { id: "h", reason: "stop" });
  expect(wrong(cries(100, 5, 3, 3), ended, cries(200, 6, 1, 3))).toEqual([]);
  expect(wrong(fault(50, "cut [[0],[1]]"), cries(100, 5, 3, 3), cries(200, 6, 1, 3))).toEqual([]);
});

test("a gap has its reason: more were emitted than are kept, or the actor began anew", () => {
  const some = (times: number) => [hear(90, 1, 4, 0), cries(80, 4, 1, 1), cries(100, 5, times, 1 + times)];
  const missed = (reason: string, count: number) => [
    `it is said to have missed some (${reason}) after 1, and ${count} were emitted since`,
  ];
  expect([wrong(...some(25), gap(110, 3, "window")), wrong(...some(26), gap(110, 3, "window"))]).toEqual([
    missed("window", 25),
    [],
  ]);
  expect([wrong(...some(1_024), gap(110, 3, "slow")), wrong(...some(1_025), gap(110, 3, "slow"))]).toEqual([
    missed("slow", 1_024),
    [],
  ]);
  const anew = (...events: readonly HistoryEvent[]) => wrong(...some(2), ...events, gap(160, 1_000, "restarted"));
  expect([anew(), anew(restarted)]).toEqual([["h is said to have begun anew, and did not"], []]);
  // A number that the actor has not come to.
  const since = (seq: number) => event(105, "node-0", "listens", { by: "ear-1", to: "h", since: seq });
  const told = (seq: number) => wrong(cries(100, 5, 3, 3), since(seq), gap(110, 3, "restarted"));
  expect([told(9), told(2)]).toEqual([[], ["h is said to have begun anew, and did not"]]);
});

test("an end is told of who had one, and nothing after it", () => {
  const ends = (reason: string) => hears(200, { type: "ended", reason });
  const stopped = (id: string, ms = 150) => event(ms, "node-1", "childStopped", { id, reason: "stop" });
  const none = (reason: string) => [`it is told the end (${reason}) of h, which had none`];
  expect([wrong(ends("Stop")), wrong(stopped("g"), ends("Stop")), wrong(stopped("h"), ends("Stop"))]).toEqual([
    none("Stop"),
    none("Stop"),
    [],
  ]);
  expect(wrong(stopped("h", 250), ends("Stop"))).toEqual(none("Stop"));
  const closed = (node: string) => wrong(fault(190, `leave ${node}`), ends("HubClosed"));
  expect([closed("node-0"), closed("node-1")]).toEqual([[], none("HubClosed")]);
  expect(wrong(cries(100, 5, 1, 1), stopped("h"), ends("Stop"), hear(210, 1, 5, 0))).toEqual([
    "it heard event after it was ended",
  ]);
  expect(wrong(cries(100, 5, 1, 1), hears(105, { type: "closed" }), hear(210, 1, 5, 0))).toEqual([
    "it heard event after it was closed",
  ]);
});
