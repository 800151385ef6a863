import { describe, expect, test } from "vitest";
import { decode, encodePlain } from "./codec.js";
import type { EventFrame } from "./event-frames.js";
import { kinds } from "./fixtures/kinds.js";
import { bytes, envelope, error, id, main, place, spec } from "./fixtures/sample.js";
import { BouncedFrame, EnvelopeFrame, type Frame, HandoffFrame, isLaterState, ReplicaFrame, ReplyFrame } from "./frames.js";
import { open, openOwn, seal } from "./packet.js";
import { DeadLetter, isToThread, ServiceFrame, ToMainFrame, ToThreadFrame } from "./service-frames.js";

const actors = [{ id, epoch: 4 }];
const outcomes = [
  { id, epoch: 4 },
  { id, epoch: 0, error },
];
const saga = "s.1";
const dead: DeadLetter = { to: id, message: null, sender: null, reason: "NodeDown", detail: "gone", count: 3 };

const hot: Frame[] = [
  envelope,
  [0, id, 3, "add", bytes, null, null, 0, 0],
  [1, 7, 3, bytes],
  [1, 7, 3, error],
  [0, id, 3, "add", { by: [1, "two", null, undefined] }, null, null, 0, 0, null],
  [17, 7, 3, { total: 1.5 }],
  [17, 7, 3, undefined],
  [2, id, 3, 9, place],
  [3, id, 9],
  [4, id, 4, place],
  [5, envelope, null, 0, false],
  [5, [2, id, 3, 9, place], place, 4, true],
  [6, 120],
  [7, id, 4],
];

const handoff: HandoffFrame[] = [
  { type: "reserve", saga, actors: [{ id, epoch: 4, actor: "cart" }] },
  { type: "reserved", saga, outcomes },
  {
    type: "transfer",
    saga,
    snapshots: [
      {
        spec,
        epoch: 4,
        state: bytes,
        mailbox: [envelope],
        timers: [{ key: "k", inMs: 2.5, name: "tick", payload: bytes }],
        ties: {
          watches: [{ id: "w", message: "gone", lineage: "l0" }],
          subscriptions: [{ id: "b", actor: "bell", event: "rung", message: "news", seq: null, term: null }],
          notices: [{ name: "gone", payload: bytes }],
          feeds: [{ event: "rung", term: "l1", next: 3, window: [[2, bytes]], listeners: [["n@i/main", 1]] }],
        },
        life: { name: "l1", restarts: 0, bornAtMs: 1 },
        handled: 7,
        sealedAtMs: 2,
      },
    ],
  },
  { type: "loaded", saga, outcomes },
  { type: "commit", saga, actors: actors.map((actor) => ({ ...actor, envelopes: 2 })) },
  { type: "running", saga, actors },
  { type: "abort", saga, actors },
];

const kept = { id, epoch: 4, sequence: 7, state: bytes, timers: [{ key: "k", inMs: 2.5, name: "tick", payload: bytes }] };
const replicas: ReplicaFrame[] = [
  { type: "follow", ids: [id] },
  { type: "unfollow", ids: [id] },
  { type: "retire", ids: [id] },
  { type: "letGo", ids: [id] },
  { type: "states", states: [kept] },
  { type: "statesTaken", taken: [{ id, epoch: 4, sequence: 7 }] },
];

const about = { id, event: "rung" };
const events: EventFrame[] = [
  { type: "listen", ...about, actor: "bell", epoch: 3, call: 1, since: null, term: null },
  { type: "listen", ...about, actor: "bell", epoch: 0, call: 2, since: 7, term: "l1", once: true },
  { type: "unlisten", ...about },
  { type: "eventsTaken", ...about, seq: 9 },
  { type: "events", ...about, call: 2, term: "l1", after: 7, resync: "window", more: true, items: [[9, bytes]] },
  { type: "unheard", ...about, call: 0, to: { place: "n@i/0.1", epoch: 4 } },
  { type: "unheard", ...about, call: 0, gone: "NodeDown", error },
];
const service: ServiceFrame[] = [
  { type: "resolve", ids: [id] },
  { type: "resolved", routes: [{ id, place: null, epoch: 0 }] },
  { type: "placeDown", place, error },
  { type: "drainReported", place },
  { type: "placeDrained", place },
  { type: "placeUp", place },
  { type: "relocated", actors: [{ id: "a", epoch: 2, place: "node-1@i1/0.0" }] },
  { type: "leaving", node: "node-1" },
  { type: "evacuate", node: "node-1" },
  { type: "evacuated", node: "node-1" },
  { type: "postedToDead", place, posted: 5 },
  { type: "arrived", actors: [{ spec, epoch: 4, life: { name: "l1", restarts: 0, bornAtMs: 1 } }] },
  { type: "departed", actors: [{ id, epoch: 4, place }] },
  { type: "renumber", actors },
  { type: "renumbered", actors },
  { type: "ended", id, epoch: 4, reason: "stop", error },
  { type: "restarted", id, epoch: 4, error },
  {
    type: "handlersFailed",
    failures: [{ id, actor: "cart", message: "checkout", sender: null, asked: true, error, outcome: "resume" }],
    more: 0,
  },
  { type: "moveDeferred", id: "a", to: "node-2", why: "drain", deferMs: 500, forMs: 0, forced: false },
  { type: "stuck", id, message: "add", forMs: 10 },
  { type: "deadLetters", envelopes: [dead] },
  { type: "unhandled", kind: "rejection", error: { name: "Error", message: "forgotten" }, ids: ["a"] },
  { type: "badFrame", peer: place, error: "no" },
  { type: "invariantsBroken", broken: [{ words: "credit is never above what was sent", times: 2, detail: "5 of 4" }] },
  { type: "log", level: "info", id, message: "m", data: { seen: new Map([[1, -0]]) } },
  { type: "startChild", call: 1, spec },
  { type: "startedChild", call: 1, error },
  { type: "startChildren", call: 2, specs: [] },
  { type: "startedChildren", call: 1, failed: [{ index: 0, error }] },
  { type: "watch", id, lineage: "l" },
  { type: "unwatch", id },
  { type: "watching", id, lineage: "l" },
  { type: "gone", id, reason: "NodeDown" },
  { type: "hubCall", call: 2, asks: { type: "list", actor: "cart", tag: "t" } },
  { type: "hubAnswer", call: 2, value: ["a"] },
  { type: "standbyPlan", most: 2, nodes: ["b", "c"], unfit: [{ node: "c", kinds: ["counter"] }] },
  { type: "kept", actors: [{ id, epoch: 4, place }] },
  { type: "retired", ids: [id] },
  { type: "job", call: 1, module: "file:///sum.js", input: bytes },
  { type: "jobAbort", call: 1 },
  { type: "jobDone", call: 1, output: bytes },
];

describe("frames", () => {
  test.each([...hot, ...handoff, ...replicas, ...events, ...service].map((frame) => ({ frame })))(
    "$frame come out of a packet as they went in",
    ({ frame }) => {
      const packet = seal(place, main, [frame], 0);
      expect(open(packet)).toStrictEqual([frame]);
      expect(openOwn(packet)).toStrictEqual([frame]);
    },
  );

  test("the cases above are all there are", () => {
    expect(handoff.map(({ type }) => type).sort()).toEqual(kinds(HandoffFrame));
    expect(replicas.map(({ type }) => type).sort()).toEqual(kinds(ReplicaFrame));
    expect(service.map(({ type }) => type).sort()).toEqual([...kinds(ToThreadFrame), ...kinds(ToMainFrame)].sort());
  });

  test("each frame between a thread and its main thread has one direction", () => {
    for (const frame of service) {
      expect(ServiceFrame.safeParse(frame).success).toBe(true);
      expect([ToThreadFrame.safeParse(frame).success, ToMainFrame.safeParse(frame).success].sort()).toEqual([false, true]);
      expect(isToThread(frame)).toBe(ToThreadFrame.safeParse(frame).success);
    }
  });

  test("of two states the later epoch is the later one, and of one epoch the one after more messages", () => {
    expect(isLaterState({ ...kept, epoch: 5, sequence: 1 }, kept)).toBe(true);
    expect(isLaterState({ ...kept, sequence: 8 }, kept)).toBe(true);
    expect([isLaterState(kept, kept), isLaterState({ ...kept, epoch: 3, sequence: 9 }, kept)]).toEqual([false, false]);
  });

  test("a packet keeps the order, and owns its memory", () => {
    const packet = seal(place, main, [...hot, ...service], 3);
    expect(open(packet)).toStrictEqual([...hot, ...service]);
    expect(packet.bytes.buffer.byteLength).toBe(packet.bytes.byteLength);
    expect(packet).toMatchObject({ from: place, to: main, envelopes: 3 });
  });

  test("a frame that holds what cannot travel is refused when it is sealed", () => {
    expect(() => seal(place, main, [{ type: "log", level: "info", id, message: "m", data: { f: () => 1 } }], 0)).toThrow(
      "log.data.f is a function",
    );
  });
});

describe("hostile packets", () => {
  const opened = (content: unknown) => () => open({ from: place, to: main, envelopes: 0, bytes: encodePlain(content) });

  test.each<[string, unknown]>([
    ["no list", { type: "placeUp", place }],
    ["an unknown kind", [[99, id]]],
    ["an unknown type", [{ type: "format", disk: "/" }]],
    ["a key too many", [{ type: "placeUp", place, disk: "/" }]],
    ["a message cut short", [envelope.slice(0, 8)]],
    ["a message with more", [[...envelope, 1]]],
    ["a message with a negative epoch", [[0, id, -1, "add", bytes, place, null, 0, 0]]],
    ["a message with an epoch that is no integer", [[0, id, 1.5, "add", bytes, place, null, 0, 0]]],
    ["a message with bytes in an open payload", [[0, id, 1, "add", { open: bytes }, place, null, 0, 0]]],
    ["a value with bytes in it", [[17, 7, 3, [bytes]]]],
    ["a value without a reply", [[17, 7, 3]]],
    ["a message with an ask that never expires", [[0, id, 1, "add", bytes, place, null, 1, Number.POSITIVE_INFINITY]]],
    ["a message from no place", [[0, id, 1, "add", bytes, "../etc", null, 0, 0]]],
    ["a bounce of a bounce", [[5, [5, envelope, null, 0], null, 0]]],
    ["one bad frame among good ones", [envelope, [6, -1]]],
    ["a reply with an error that has no name", [[1, 7, 3, { message: "x" }]]],
    ["an error cause nested in an endless chain", [[1, 7, 3, { name: "E", message: "x", cause: 5 }]]],
  ])("%s are refused whole", (_, content) => {
    expect(opened(content)).toThrow(Error);
  });

  test("garbage is refused", () => {
    expect(() => open({ from: place, to: main, envelopes: 0, bytes: new Uint8Array([0xc1, 0xff]) })).toThrow(Error);
  });
});

test("each hot kind is refused by the schemas of the others", () => {
  expect(EnvelopeFrame.safeParse(hot[2]).success).toBe(false);
  expect(ReplyFrame.safeParse(envelope).success).toBe(false);
  expect(BouncedFrame.safeParse([5, [6, 1], null, 0]).success).toBe(false);
  expect(DeadLetter.safeParse({ ...dead, count: 0 }).success).toBe(false);
  expect(decode(encodePlain(envelope))).toStrictEqual(envelope);
});
