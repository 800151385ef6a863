import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../history.js";
import type { Call, Outcome } from "../outcomes.js";
import { judgeAsks } from "./asks.js";
import { judgeBatches } from "./batches.js";
import { judgeCalls } from "./calls.js";
import { judgeCloses } from "./closes.js";
import { judgeDeaths } from "./deaths.js";
import { judgeEnds, judgeVanished } from "./ends.js";
import { judgeFigures } from "./figures.js";
import { event, fault, settings, t0 } from "./fixtures/small-history.js";
import { LifeRecord } from "./record.js";
import { judgeLostStates, judgeRestarts } from "./restarts.js";

const at = (id: string, node: string, thread = 0) => ({ id, replicas: [{ node, thread, epoch: 1, mode: "active" }] });
const begun = [0, 1, 2].flatMap((n) => [
  event(1, `node-${n}`, "memberJoined", { node: "another" }),
  event(2, `node-${n}`, "childRegistered", at("a", "node-1")),
]);
const message = (kind: "made" | "handling", ms: number, name: string, node = "node-1", to = "a"): HistoryEvent => {
  const one = { atMs: t0 + ms, message: { from: "node-0@x/main", to, name, input: { n: 1 } } };
  return kind === "made"
    ? { kind, ...one, place: `${node}@x/main`, ask: true, timer: false }
    : { kind, ...one, place: `${node}@x/0.0`, epoch: 1 };
};
const call = (kind: Call["kind"], fromMs: number, toMs: number, rest: Partial<Outcome> = {}): Outcome => {
  const [from, to] = [t0 + fromMs, t0 + toMs];
  return { kind, what: kind, by: "node-0", ids: ["a"], fromMs: from, toMs: to, failure: undefined, value: undefined, ...rest };
};
const failed = (code: string, fields: Record<string, unknown> = {}, text = code) => ({
  failure: { code, message: text, fields },
});
const life = (outcomes: readonly Outcome[], ...events: readonly HistoryEvent[]): LifeRecord => {
  return new LifeRecord(settings, outcomes, [...begun, ...events]);
};
const kill = fault(1_000, "kill thread 0 of node-1");

describe("an ask that fails", () => {
  const asked = (ask: Outcome, ...events: readonly HistoryEvent[]): number => judgeAsks(life([ask], ...events)).length;

  test("with NodeDown waited when its node gave up the node that is named", () => {
    const ask = call("ask", 100, 3_000, failed("NodeDown", { node: "node-1" }));
    const down = (ms: number, by: string, node: string, reason = "down") => event(ms, by, "memberLeft", { node, reason });
    expect(asked(ask, down(3_000, "node-0", "node-1"))).toBe(0);
    expect(asked(ask, down(3_000, "node-0", "node-2"))).toBe(1);
    expect(asked(ask, down(3_000, "node-2", "node-1"))).toBe(1);
    expect(asked(ask, down(50, "node-0", "node-1"))).toBe(1);
    expect(asked({ ...ask, ...failed("NodeDown", { node: "node-2" }) }, down(3_000, "node-0", "node-2"))).toBe(1);
    expect(asked(ask, down(3_000, "node-0", "node-1", "left"))).toBe(1);
    expect(asked(ask, fault(500, "cut [[0,2],[1]]"), down(3_000, "node-0", "node-1", "left"))).toBe(0);
    expect(asked(ask, fault(500, "cut [[0,1],[2]]"), down(3_000, "node-0", "node-1", "left"))).toBe(1);
    expect(asked(ask, kill, down(3_000, "node-0", "node-1", "left"))).toBe(0);
    expect(asked(ask, fault(1_000, "kill thread 0 of node-2"), down(3_000, "node-0", "node-1", "left"))).toBe(1);
  });

  test("with NodeDown waited for an actor that was on its way to that node", () => {
    const ask = call("ask", 100, 3_000, failed("NodeDown", { node: "node-2" }));
    const down = event(3_000, "node-0", "memberLeft", { node: "node-2", reason: "down" });
    const moving = (ms: number, id: string) => event(ms, "node-1", "childrenMoving", { ids: [id], to: "node-2" });
    expect(asked(ask, moving(50, "a"), down)).toBe(0);
    expect(asked(ask, moving(50, "b"), down)).toBe(1);
    const later = { ...ask, fromMs: t0 + 5_000, toMs: t0 + 8_000 };
    const gone = { ...down, atMs: t0 + 8_000 };
    const arrived = event(60, "node-1", "childrenMoved", { ids: ["a"], to: "node-2" });
    const back = event(70, "node-2", "childrenMoved", { ids: ["a"], to: "node-1" });
    expect([asked(later, moving(50, "a"), gone), asked(later, moving(50, "a"), arrived, back, gone)]).toEqual([0, 1]);
    expect(asked({ ...ask, fromMs: t0 + 20_000, toMs: t0 + 23_000 }, moving(50, "a"), { ...down, atMs: t0 + 23_000 })).toBe(1);
  });

  test("since its own node is down was made on a node that crashed", () => {
    const ask = call("ask", 100, 3_000, failed("NodeDown", { node: "node-0" }));
    expect(asked(ask, fault(3_000, "crash node-0"))).toBe(0);
    expect(asked(ask, fault(3_000, "crash node-1"))).toBe(1);
  });

  test("with ThreadExited was at its actor's thread when that was killed", () => {
    const ask = call("ask", 900, 1_005, failed("ThreadExited", { node: "node-1", thread: 0 }));
    expect(asked(ask, kill)).toBe(0);
    expect(asked(ask, fault(1_000, "kill thread 1 of node-1"))).toBe(1);
    expect(asked(ask, fault(800, "kill thread 0 of node-1"))).toBe(1);
    const elsewhere = call("ask", 900, 1_005, failed("ThreadExited", { node: "node-2", thread: 0 }));
    expect(asked(elsewhere, fault(1_000, "kill thread 0 of node-2"))).toBe(1);
    const several: HistoryEvent = { kind: "replicas", atMs: t0, strategy: "replication" };
    expect([asked(elsewhere, several, fault(1_000, "kill thread 0 of node-2")), asked(elsewhere, several)]).toEqual([0, 1]);
    const late = call("ask", 1_500, 1_700, failed("ThreadExited", { node: "node-1", thread: 0 }));
    const cut = (ms: number) => fault(ms, "cut [[0,2],[1]]");
    const heal = (ms: number) => fault(ms, "heal");
    expect([asked(late, cut(900), kill, heal(1_600)), asked(late, cut(900), kill, heal(1_100)), asked(late, kill)]).toEqual([
      0, 1, 1,
    ]);
    // The word of the death was still on its way when the cut began.
    expect([asked(late, kill, cut(1_005), heal(1_600)), asked(late, kill, cut(1_050), heal(1_600))]).toEqual([0, 1]);
    // It has not heard since the cut began that the actor has left.
    const left = (ms: number) => event(ms, "node-1", "childrenMoved", { ids: ["a"], to: "node-2" });
    const cutTwice = [cut(700), cut(900), kill, heal(1_600)];
    expect([asked(late, left(800), ...cutTwice), asked(late, left(600), ...cutTwice)]).toEqual([0, 1]);
  });

  test("with ThreadExited, since a thread did not answer when its node closed, was at a blocked one of a node that closed", () => {
    const text = "thread 0 of node node-1 did not answer when its node closed";
    const ask = call("ask", 900, 1_500, failed("ThreadExited", { node: "node-1", thread: 0 }, text));
    const blocked = fault(500, "block thread 0 of node-1");
    const replaced = event(1_200, "node-1", "replaced", { node: "node-1" });
    expect([asked(ask, blocked, replaced), asked(ask, blocked, fault(1_000, "leave node-1"))]).toEqual([0, 0]);
    expect([
      asked(ask, blocked),
      asked(ask, replaced),
      asked(ask, blocked, fault(800, "unblock thread 0 of node-1"), replaced),
    ]).toEqual([1, 1, 1]);
    expect(asked({ ...ask, ...failed("ThreadExited", { node: "node-1", thread: 0 }) }, blocked, replaced)).toBe(1);
    expect(asked({ ...ask, ids: ["b"] }, blocked, replaced)).toBe(1);
  });

  test("with ActorStopped waited when its actor ended", () => {
    const ask = call("ask", 50_100, 50_200, failed("ActorStopped"));
    const stopped = (ms: number, id: string) => event(ms, "node-1", "childStopped", { id, reason: "stop" });
    expect(asked(ask, stopped(50_150, "a"))).toBe(0);
    expect(asked(ask, stopped(50_150, "b"))).toBe(1);
    expect(asked(ask, stopped(50, "a"))).toBe(1);
    expect(asked(ask, stopped(50_250, "a"))).toBe(1);
  });

  test("with ActorStopped, where several replicas serve, meets one that stopped itself", () => {
    const ask = call("ask", 100, 200, failed("ActorStopped", {}, "actor a was stopped (as asked) before it came to the message"));
    const several: HistoryEvent = { kind: "replicas", atMs: t0, strategy: "replication" };
    const retires = (ms: number, id = "a") => message("handling", ms, "retire", "node-0", id);
    expect([asked(ask, several, retires(90)), asked(ask, retires(90))]).toEqual([0, 1]);
    expect([asked(ask, several), asked(ask, several, retires(90, "b")), asked(ask, several, retires(210))]).toEqual([1, 1, 1]);
    expect(asked({ ...ask, ...failed("ActorStopped") }, several, retires(90))).toBe(1);
  });

  test("with ActorCrashed waited when its actor crashed for good", () => {
    const ask = call("ask", 50_100, 50_200, failed("ActorCrashed"));
    const stopped = (ms: number, reason: string) => event(ms, "node-1", "childStopped", { id: "a", reason });
    expect(asked(ask, stopped(50_150, "crashed"))).toBe(0);
    expect(asked(ask, stopped(50_150, "stop"))).toBe(1);
    expect(asked(ask, stopped(50_050, "crashed"))).toBe(1);
    expect(asked(ask, stopped(50_250, "crashed"))).toBe(1);
  });

  test("with OutcomeUnknown, as it was stopped by force, was in hand when its actor ended", () => {
    const forced = call(
      "ask",
      50_100,
      50_200,
      failed("OutcomeUnknown", {}, "actor a was stopped by force: its handler did not end"),
    );
    const stopped = event(50_150, "node-1", "childStopped", { id: "a", reason: "stop" });
    expect([asked(forced, stopped), asked(forced)]).toEqual([0, 1]);
    expect(asked(call("ask", 50_100, 50_200, failed("OutcomeUnknown")), stopped)).toBe(1);
  });

  test("since its sender's later messages went elsewhere follows the loss of a place", () => {
    const ask = call("ask", 100, 200, failed("ActorStopped", {}, "actor a goes on elsewhere, and so on"));
    expect(asked(ask, event(90, "node-0", "memberLeft", { node: "node-2", reason: "down" }))).toBe(0);
    expect(asked(ask)).toBe(1);
  });

  test("with ActorNotFound was made while neither its node nor the actor's last host knew the actor", () => {
    const ask = call("ask", 100, 200, failed("ActorNotFound"));
    const forgets = (ms: number, node: string) => event(ms, node, "childUnregistered", { id: "a" });
    expect(asked(ask, forgets(90, "node-1"), forgets(95, "node-0"))).toBe(0);
    const members = event(80, "node-0", "memberJoined", { node: "node-1" });
    expect(asked(ask, members, forgets(95, "node-0"))).toBe(1);
    expect(asked(ask, forgets(95, "node-0"))).toBe(0);
    expect(asked(ask, members, forgets(95, "node-0"), fault(60, "leave node-1"))).toBe(0);
    expect(asked(ask, forgets(90, "node-1"))).toBe(1);
    expect(asked(ask)).toBe(1);
    expect(asked(call("ask", 100, 200, { ...failed("ActorNotFound"), ids: ["nobody"] }))).toBe(0);
    // It came to a node without a word, and ended there; the node that it came from hears of that late.
    const end = (reason: string) => event(90, "node-2", "childStopped", { id: "a", reason });
    const ends = [members, forgets(90, "node-2"), forgets(95, "node-0")];
    expect([asked(ask, end("stop"), ...ends), asked(ask, end("ended elsewhere"), ...ends), asked(ask, ...ends)]).toEqual([
      0, 1, 1,
    ]);
    // Its other life began while its node could not hear of that.
    const again = [event(60, "node-2", "childRestarted", { id: "a" }), event(60, "node-2", "childRegistered", at("a", "node-2"))];
    const both = [
      event(10, "node-0", "memberJoined", { node: "node-2" }),
      forgets(50, "node-0"),
      forgets(50, "node-1"),
      ...again,
    ];
    const cutAt = (ms: number) => fault(ms, "cut [[0,1],[2]]");
    expect([asked(ask, cutAt(55), ...both), asked(ask, cutAt(65), ...both), asked(ask, ...both)]).toEqual([0, 1, 1]);
    // When the cut is over, what was said in it comes with the next try of a link.
    const late = { ...ask, fromMs: ask.fromMs + 400, toMs: ask.toMs + 400 };
    const healed = [cutAt(55), fault(70, "heal"), ...both];
    expect([asked(ask, ...healed), asked(late, ...healed)]).toEqual([0, 1]);
    // What a process knows that was replaced is not what its node knows.
    const woken = (replaced?: true): HistoryEvent => {
      const detail = at("a", "node-1");
      return { kind: "event", atMs: t0 + 80, node: "node-0", name: "childRegistered", detail, ...(replaced && { replaced }) };
    };
    const ended = [forgets(50, "node-0"), forgets(50, "node-1")];
    expect([asked(ask, ...ended, woken(true)), asked(ask, ...ended, woken())]).toEqual([0, 1]);
  });

  test("with AskTimeout was impatient, or its actor busy or gone, or a node on the way in trouble", () => {
    const late = (timeoutMs: number) => call("ask", 5_000, 5_000 + timeoutMs, failed("AskTimeout", { timeoutMs }));
    expect(asked(late(5))).toBe(0);
    expect(asked(late(500))).toBe(1);
    expect(asked(late(500), fault(4_000, "freeze node-1"))).toBe(0);
    expect(asked(late(500), fault(4_000, "freeze node-2"))).toBe(1);
    expect(asked(late(500), fault(1_000, "freeze node-1"), fault(1_500, "thaw node-1"))).toBe(1);
    expect(asked(late(500), fault(5_100, "cut [[0],[1,2]]"))).toBe(0);
    expect(asked(late(500), fault(5_100, "cut [[0,1],[2]]"))).toBe(1);
    expect(asked(late(500), message("handling", 4_900, "consult"), message("handling", 5_200, "note"))).toBe(0);
    expect(asked(late(500), message("handling", 4_900, "consult"), message("handling", 5_050, "note"))).toBe(1);
    // What its own users ask waits as well while the node of the actor has no right to serve.
    const quorum: HistoryEvent = { kind: "quorum", atMs: t0, strategy: "staticQuorum" };
    const own = { ...late(500), by: "node-1" };
    const [cut, thawed] = [fault(5_100, "cut [[0,2],[1]]"), fault(1_900, "thaw node-2")];
    expect([asked(own, cut), asked(own, quorum), asked(own, quorum, cut)]).toEqual([1, 1, 0]);
    expect(asked(own, quorum, fault(4_000, "freeze node-2"))).toBe(0);
    expect(asked(own, quorum, fault(1_000, "freeze node-2"), thawed)).toBe(1);
    // Of several replicas one may wait while another goes on.
    const several: HistoryEvent = { kind: "replicas", atMs: t0, strategy: "replication" };
    const other = { ...message("handling", 5_050, "note"), place: "node-2@x/0.0" } as HistoryEvent;
    expect(asked(late(500), several, message("handling", 4_900, "consult"), other)).toBe(0);
    expect(asked(late(500), event(4_990, "node-0", "childUnregistered", { id: "a" }))).toBe(0);
    // A standby may be in any thread, and what came of the ask waits for it.
    const blocks = [fault(4_900, "block thread 0 of node-2"), fault(5_200, "unblock thread 0 of node-2")];
    const waiting = (...events: readonly HistoryEvent[]): number =>
      judgeAsks(new LifeRecord({ ...settings, acknowledges: true }, [late(500)], [...begun, ...events])).length;
    expect([waiting(...blocks), waiting(), asked(late(500), ...blocks)]).toEqual([0, 1, 1]);
    const moves = (ms: number, name = "childrenMoving") => event(ms, "node-1", name, { ids: ["a"], to: "node-2" });
    expect([asked(late(500), moves(4_500)), asked(late(500), moves(4_500), moves(5_300, "childrenMoved"))]).toEqual([0, 0]);
    expect([asked(late(500), moves(1_000), moves(1_010, "childrenMoved")), asked(late(500), moves(5_510))]).toEqual([1, 1]);
    expect(asked(call("ask", 5_000, 5_100, failed("AskTimeout", { timeoutMs: 500 })), fault(4_000, "freeze node-1"))).toBe(1);
  });

  test("with MailboxFull met as many messages as a limit lets wait", () => {
    const full = call("ask", 100, 200, failed("MailboxFull"));
    const three = [110, 120, 130].map((ms) => message("made", ms, "note"));
    expect(asked(full, ...three)).toBe(0);
    expect(asked(full, ...three, message("handling", 125, "note"))).toBe(0);
    expect(asked(full, ...three.slice(1), message("handling", 125, "note"))).toBe(1);
  });

  test("with Partitioned met a node that did not serve", () => {
    const ask = call("ask", 5_000, 5_010, failed("Partitioned", { node: "node-1" }));
    const paused = (ms: number, node: string, partitioned: boolean) =>
      event(ms, node, "partitionChanged", { node, partitioned, members: [] });
    expect(asked(ask, paused(4_000, "node-1", true))).toBe(0);
    expect(asked(ask, paused(4_000, "node-1", true), paused(4_900, "node-1", false))).toBe(1);
    expect(asked(ask, paused(4_000, "node-2", true))).toBe(1);
    // One that came late names no node.
    const late = call("ask", 5_000, 5_010, failed("Partitioned", {}, "a message to actor a was cut off"));
    expect([asked(late, paused(4_000, "node-1", true)), asked(late, paused(4_000, "node-2", true)), asked(late)]).toEqual([
      0, 1, 1,
    ]);
    expect(asked({ ...late, ...failed("Partitioned") }, paused(4_000, "node-1", true))).toBe(1);
  });

  test("with HubClosed was made as some node left; with any other code it is wrong", () => {
    const closed = call("ask", 100, 200, failed("HubClosed"));
    expect(asked(closed, fault(50, "leave node-0"))).toBe(0);
    expect(asked(closed)).toBe(1);
    expect(asked(call("ask", 100, 200, failed("InvalidReply")))).toBe(1);
    expect(judgeAsks(life([call("ask", 100, 200, failed("InvalidReply", {}, "no number"))]))).toEqual([
      "P5: ask, failed at 200.00 ms: nothing that happened explains InvalidReply: no number",
    ]);
  });
});

describe("a call that fails", () => {
  const wrong = (one: Outcome, ...rest: readonly (HistoryEvent | Outcome)[]): number => {
    const outcomes = rest.flatMap((each) => ("fromMs" in each ? [each] : []));
    return judgeCalls(life([one, ...outcomes], ...rest.flatMap((each) => ("atMs" in each ? [each] : [])))).length;
  };

  test("since the actor is there, or is not, meets it so", () => {
    expect(wrong(call("start", 5_000, 5_010, failed("AlreadyStarted")))).toBe(0);
    expect(wrong(call("start", 5_000, 5_010, { ...failed("AlreadyStarted"), ids: ["b"] }))).toBe(1);
    const forgets = [0, 1, 2].map((n) => event(4_000, `node-${n}`, "childUnregistered", { id: "a" }));
    expect(wrong(call("start", 5_000, 5_010, failed("AlreadyStarted")), ...forgets)).toBe(0);
    const stopped = event(3_990, "node-1", "childStopped", { id: "a", reason: "stop" });
    expect(wrong(call("start", 5_000, 5_010, failed("AlreadyStarted")), stopped, ...forgets)).toBe(1);
    const stop = call("stop", 5_000, 5_010, failed("ActorNotFound"));
    expect(wrong(stop)).toBe(1);
    expect(wrong(stop, event(4_000, "node-0", "childUnregistered", { id: "a" }))).toBe(0);
    expect(wrong(call("move", 5_000, 5_010, failed("ActorStopped")))).toBe(1);
    expect(wrong(call("move", 5_000, 5_010, failed("ActorStopped")), event(5_001, "node-1", "childStopped", { id: "a" }))).toBe(
      0,
    );
  });

  test("since the actor ended, hears of that just before its node says so", () => {
    const move = call("move", 5_000, 5_010, failed("ActorStopped"));
    const stopped = (ms: number) => event(ms, "node-1", "childStopped", { id: "a" });
    expect([wrong(move, stopped(5_011)), wrong(move, stopped(5_030))]).toEqual([0, 1]);
  });

  test("since the actor ended while it could not move, meets one that its host left behind", () => {
    const move = call("move", 5_000, 5_010, failed("ActorStopped"));
    const forgets = (node: string) => event(3_000, node, "childUnregistered", { id: "a" });
    expect(wrong(move, fault(3_000, "leave node-1"), forgets("node-1"))).toBe(0);
    expect(wrong(move, fault(3_000, "leave node-2"), forgets("node-2"))).toBe(1);
    expect(wrong(move, fault(3_001, "leave node-1"), forgets("node-1"))).toBe(1);
  });

  test("since a node does not know the target, met one that had yet to learn of it", () => {
    const text = "actor a cannot move to node node-2: it is not a member of the hub";
    const move = call("move", 5_000, 5_010, failed("NodeDown", { node: "node-2" }, text));
    const met = (ms: number, node: string) => event(ms, node, "memberJoined", { node: "node-2" });
    expect(wrong(move, met(100, "node-0"), met(100, "node-1"))).toBe(1);
    expect(wrong(move, met(100, "node-0"), met(5_005, "node-1"))).toBe(0);
    expect(wrong(move, met(100, "node-0"), met(5_050, "node-1"))).toBe(0);
  });

  test("with its node or time, meets a node in trouble", () => {
    const move = call("move", 5_000, 9_000, failed("NodeDown", { node: "node-1" }));
    expect(wrong(move)).toBe(1);
    expect(wrong(move, fault(6_000, "crash node-1"))).toBe(0);
    expect(wrong(move, fault(6_000, "crash node-2"))).toBe(1);
    const replaced = (ms: number, node: string) => event(ms, node, "replaced", { node, by: "x" });
    expect([wrong(move, replaced(8_000, "node-1")), wrong(move, replaced(8_000, "node-2"))]).toEqual([0, 1]);
    const late = call("stop", 5_000, 11_000, failed("AskTimeout"));
    expect(wrong(late)).toBe(1);
    expect(wrong(late, fault(6_000, "freeze node-1"))).toBe(0);
  });

  test("as a start, meets actors that cannot begin", () => {
    const start = call("start", 5_000, 5_010, failed("StartFailed", {}, "actor a could not be started: the store is away"));
    expect(wrong(start, fault(4_900, "freeze node-1"))).toBe(1);
    expect(wrong(start, fault(4_900, "starts fail for 500 ms on all nodes"))).toBe(0);
    expect(wrong(call("start", 5_000, 5_010, failed("Locked")))).toBe(1);
    const nowhere = failed(
      "StartFailed",
      {},
      "actor b has no node to run on (it may run on node-0, node-1 only); nodes that take actors: node-2",
    );
    const pinned = call("start", 5_000, 5_010, { ...nowhere, ids: ["b"] });
    const drain = (by: string) => call("drain", 1_000, 1_100, { by, ids: [] });
    expect([wrong(pinned, drain("node-0"), drain("node-1")), wrong(pinned, drain("node-0"))]).toEqual([0, 0]);
    expect(wrong(pinned, drain("node-0"), event(100, "node-0", "memberJoined", { node: "node-1" }))).toBe(1);
    expect(wrong(pinned, drain("node-1"))).toBe(1);
  });

  test("as a move, says why, and that is so", () => {
    const move = (text: string) => call("move", 5_000, 5_010, failed("HandoffFailed", {}, text));
    expect(wrong(move("actor a is being moved already"))).toBe(1);
    expect(wrong(move("actor a is being moved already"), call("move", 4_990, 5_020, { what: "another" }))).toBe(0);
    expect(wrong(move("the target is about to leave"))).toBe(1);
    expect(wrong(move("the target is about to leave"), fault(4_990, "leave node-1"))).toBe(0);
    expect(wrong(move("the target did not answer"))).toBe(1);
    expect(wrong(move("the target did not answer"), fault(4_000, "freeze node-1"))).toBe(0);
    expect(wrong(move("something new"), fault(4_000, "freeze node-1"))).toBe(1);
    const begins = (ms: number) => event(ms, "node-1", "childrenMoving", { ids: ["a"], to: "node-2" });
    expect([wrong(move("actor a is loaded"), begins(4_900)), wrong(move("actor a is loaded"), begins(5_000))]).toEqual([0, 1]);
    const pauses = (node: string) => event(5_005, node, "partitionChanged", { node, partitioned: true });
    expect([wrong(move("actor a is sealed"), pauses("node-1")), wrong(move("actor a is sealed"), pauses("node-2"))]).toEqual([
      0, 1,
    ]);
    const yields = call("move", 5_000, 5_010, failed("ActorStopped", {}, "actor a ended (conflict) before it could move"));
    const meets = (ms: number) => event(ms, "node-1", "conflict", { id: "a", survivor: "node-2", loser: "node-1" });
    expect([wrong(yields, meets(6_000)), wrong(yields, meets(4_000)), wrong(yields)]).toEqual([0, 1, 1]);
    const full = (toMs: number) =>
      call("move", 5_000, toMs, failed("HandoffFailed", {}, "this thread forwards for 2, its limit"));
    const moving = event(100, "node-1", "childrenMoving", { ids: ["b", "c"], to: "node-2" });
    expect([wrong(full(10_000), moving), wrong(full(9_000), moving), wrong(full(10_000))]).toEqual([0, 1, 1]);
    const lost = (node: string) => event(4_500, "node-0", "memberLeft", { node, reason: "down" });
    expect(wrong(move("actor a is being restarted"), lost("node-1"))).toBe(0);
    expect(wrong(move("actor a is being restarted"), lost("node-2"))).toBe(1);
  });
});

describe("a restart", () => {
  const restart = (ms: number, node: string, cause: string) => event(ms, node, "childRestarted", { id: "a", node, cause });
  const wrong = (...events: readonly HistoryEvent[]): number => judgeRestarts(life([], ...events)).length;

  test("after a throw follows a message that throws, each for one", () => {
    const [fail, again] = [message("handling", 100, "fail"), restart(101, "node-1", "RangeError: as asked")];
    expect(wrong(fail, again)).toBe(0);
    expect(wrong(again)).toBe(1);
    expect(wrong(fail, again, again)).toBe(1);
    expect(wrong(message("handling", 100, "fail", "node-1", "b"), again)).toBe(1);
    expect(judgeRestarts(new LifeRecord({ ...settings, resumes: true }, [], [fail, again]))).toHaveLength(1);
  });

  test("after the death of a thread follows a kill of that thread, where the actor was", () => {
    const again = restart(1_001, "node-1", "ThreadExited: thread 0 of node node-1 has ended");
    expect(wrong(kill, again)).toBe(0);
    expect(wrong(again)).toBe(1);
    expect(wrong(fault(1_000, "kill thread 1 of node-1"), again)).toBe(1);
    expect(wrong(event(500, "node-1", "childrenMoved", { ids: ["a"], to: "node-2" }), kill, again)).toBe(1);
    // A node that had it before says late where it went.
    expect(wrong(event(800, "node-0", "childrenMoved", { ids: ["a"], to: "node-2" }), kill, again)).toBe(0);
    const late = event(800, "node-0", "childRegistered", at("a", "node-2"));
    const back = { ...message("handling", 700, "note"), epoch: 2 } as HistoryEvent;
    expect([wrong(back, late, kill, again), wrong(late, kill, again)]).toEqual([0, 1]);
    // A newcomer hears at first where it was before.
    const newcomer = event(950, "node-3", "childRegistered", at("a", "node-1"));
    const there = restart(1_001, "node-2", "ThreadExited: thread 0 of node node-2 has ended");
    const moved = event(900, "node-1", "childrenMoved", { ids: ["a"], to: "node-2" });
    const killed = fault(1_000, "kill thread 0 of node-2");
    expect([wrong(moved, newcomer, killed, there), wrong(newcomer, killed, there)]).toEqual([0, 1]);
    const other = { ...message("handling", 950, "note", "node-0"), epoch: 2 } as HistoryEvent;
    expect([wrong(other, kill, again), wrong(fault(600, "cut [[0,2],[1]]"), other, kill, again)]).toEqual([1, 0]);
    const away = event(500, "node-1", "childrenMoved", { ids: ["a"], to: "node-2" });
    expect(wrong(away, event(999, "node-2", "childrenMoving", { ids: ["a"], to: "node-1" }), kill, again)).toBe(0);
    expect(wrong(away, event(999, "node-2", "childrenMoving", { ids: ["b"], to: "node-1" }), kill, again)).toBe(1);
  });

  test("after the death of a node follows the loss of the node where it was, since its last restart", () => {
    const gone = (ms: number, node: string) => event(ms, "node-2", "memberLeft", { node, reason: "down" });
    const again = (ms: number) => restart(ms, "node-2", "NodeDown: its node went down");
    expect(wrong(gone(900, "node-1"), again(901))).toBe(0);
    expect(wrong(gone(900, "node-0"), again(901))).toBe(1);
    expect(wrong(again(901))).toBe(1);
    expect(wrong(gone(900, "node-1"), again(901), again(950))).toBe(1);
  });

  test("after the death of a node follows a move there, which never said that it had arrived", () => {
    const moving = (to: string) => event(500, "node-1", "childrenMoving", { ids: ["a"], to });
    const gone = event(900, "node-2", "memberLeft", { node: "node-0", reason: "down" });
    const again = restart(901, "node-2", "NodeDown: its node went down");
    expect(wrong(moving("node-0"), gone, again)).toBe(0);
    expect(wrong(moving("node-2"), gone, again)).toBe(1);
  });
});

test("a state that is lost follows the loss of the place where its actor was", () => {
  const lost = event(1_001, "node-2", "stateLost", { id: "a", node: "node-2", from: "init" });
  const wrong = (...events: readonly HistoryEvent[]): number => judgeLostStates(life([], ...events)).length;
  expect(wrong(lost)).toBe(1);
  expect(wrong(event(900, "node-2", "memberLeft", { node: "node-1", reason: "down" }), lost)).toBe(0);
  expect(wrong(event(900, "node-2", "memberLeft", { node: "node-0", reason: "down" }), lost)).toBe(1);
  expect(wrong(event(900, "node-1", "partitionChanged", { partitioned: true }), lost)).toBe(0);
  const moves = event(800, "node-1", "childrenMoving", { ids: ["a"], to: "node-2" });
  const pause = event(900, "node-2", "partitionChanged", { partitioned: true });
  expect([wrong(moves, pause, lost), wrong(pause, lost)]).toEqual([0, 1]);
  // It came while the node paused, as long as that lasted.
  const came = event(950, "node-1", "childrenMoving", { ids: ["a"], to: "node-2" });
  const serves = event(930, "node-2", "partitionChanged", { partitioned: false });
  expect([wrong(pause, came, lost), wrong(pause, serves, came, lost)]).toEqual([0, 1]);
  expect(wrong(kill, lost)).toBe(0);
  const arrives = [
    event(870, "node-1", "childrenMoving", { ids: ["a"], to: "node-0" }),
    event(880, "node-1", "childrenMoved", { ids: ["a"], to: "node-0" }),
  ];
  const pauses = (ms: number) => event(ms, "node-0", "partitionChanged", { partitioned: true });
  expect([wrong(...arrives, pauses(890), lost), wrong(pauses(700), ...arrives, lost), wrong(pauses(700), lost)]).toEqual([
    0, 0, 1,
  ]);
  // It began on a node that had paused by then, and let it go.
  const paused = (by: string): number =>
    judgeLostStates(
      new LifeRecord(
        settings,
        [],
        [
          event(1, "node-1", "memberJoined", { node: "another" }),
          event(700, "node-1", "partitionChanged", { partitioned: true }),
          event(800, "node-1", "childRegistered", at("a", "node-1")),
          event(900, by, "childUnregistered", { id: "a" }),
          lost,
        ],
      ),
    ).length;
  expect([paused("node-1"), paused("node-0")]).toEqual([0, 1]);
  // A cold swap, which begins where its host lets the actor go.
  const swapped = (swaps: boolean, by: string): number => {
    const events = [...begun, event(900, by, "childUnregistered", { id: "a" }), lost];
    return judgeLostStates(new LifeRecord({ ...settings, swaps }, [], events)).length;
  };
  expect([swapped(true, "node-1"), swapped(true, "node-0"), swapped(false, "node-1")]).toEqual([0, 1, 1]);
  // It is let go again before the node that it came from says that it has arrived.
  const goneOn = (ms: number): number => {
    const came = event(905, "node-1", "childrenMoved", { ids: ["a"], to: "node-0" });
    const events = [...begun, event(ms, "node-0", "childUnregistered", { id: "a" }), came, lost];
    return judgeLostStates(new LifeRecord({ ...settings, swaps: true }, [], events)).length;
  };
  expect([goneOn(900), goneOn(890)]).toEqual([0, 1]);
});

describe("an end", () => {
  const ended = (node: string, reason: string) => event(500, node, "childStopped", { id: "a", reason });
  const wrong = (outcomes: readonly Outcome[], ...events: readonly HistoryEvent[]): number =>
    judgeEnds(life(outcomes, ...events)).length;

  test("by a stop may follow a call that never ended, since its node died", () => {
    const lost = { ...call("batch", 400, Number.POSITIVE_INFINITY, failed("Unended")), rollsBack: true };
    const events = [...begun, ended("node-1", "stop")];
    const problems = (unended: readonly Outcome[]): number => judgeEnds(new LifeRecord(settings, [], events, unended)).length;
    expect([problems([lost]), problems([{ ...lost, ids: ["b"] }]), problems([])]).toEqual([0, 1, 1]);
  });

  test("by a stop follows a call that stops it", () => {
    expect(wrong([call("stop", 400, 510)], ended("node-1", "stop"))).toBe(0);
    expect(wrong([], ended("node-1", "stop"))).toBe(1);
    expect(wrong([call("stop", 400, 510, { ids: ["b"] })], ended("node-1", "stop"))).toBe(1);
    expect(wrong([call("stop", 501, 510)], ended("node-1", "stop"))).toBe(1);
    expect(wrong([call("stop", 400, 450)], ended("node-1", "stop"))).toBe(1);
    const drain = (ids: readonly string[]) => call("drain", 400, 510, { by: "node-1", ids: [], value: { ended: ids } });
    expect([wrong([drain(["a"])], ended("node-1", "stop")), wrong([drain([])], ended("node-1", "stop"))]).toEqual([0, 1]);
    const blocked = (id: string) => ({ id, error: new Error("thread 0 did not answer: the stop may still take place") });
    const late = (id: string) => call("drain", 400, 450, { by: "node-1", ids: [], value: { ended: [], errors: [blocked(id)] } });
    expect([wrong([late("a")], ended("node-1", "stop")), wrong([late("b")], ended("node-1", "stop"))]).toEqual([0, 1]);
    const batch = (status: string) => call("batch", 400, 410, { rollsBack: true, value: { status } });
    expect([wrong([batch("error")], ended("node-1", "stop")), wrong([batch("ok")], ended("node-1", "stop"))]).toEqual([0, 1]);
  });

  test("by itself follows a message that has it stop itself, each for one", () => {
    const [retires, end] = [message("handling", 499, "retire"), ended("node-1", "as asked")];
    expect(wrong([], retires, end)).toBe(0);
    expect(wrong([], end)).toBe(1);
    expect(wrong([], retires, end, end)).toBe(1);
    expect(wrong([], message("handling", 499, "retire", "node-2"), end)).toBe(1);
  });

  test("with its node, or with its other life, follows a leave or an end elsewhere; any other is wrong", () => {
    expect(wrong([], fault(400, "leave node-1"), ended("node-1", "shutdown"))).toBe(0);
    expect(wrong([], fault(400, "leave node-2"), ended("node-1", "shutdown"))).toBe(1);
    // It is said by a process that another has replaced, before it has learnt that.
    expect(wrong([], { ...ended("node-1", "shutdown"), replaced: true } as HistoryEvent)).toBe(0);
    expect(wrong([call("stop", 400, 510)], ended("node-1", "stop"), ended("node-2", "ended elsewhere"))).toBe(0);
    expect(wrong([], ended("node-2", "ended elsewhere"))).toBe(1);
    expect(wrong([], ended("node-1", "not restarted"))).toBe(1);
    expect(wrong([call("start", 10, 20, { mayEnd: ["a"] })], ended("node-1", "not restarted"))).toBe(0);
  });
});

test("an actor that was started and does not run at rest has ended since", () => {
  const started = [call("start", 100, 110)];
  const end = (ms: number, reason: string) => event(ms, "node-1", "childStopped", { id: "a", reason });
  expect(judgeVanished(life(started), () => true)).toEqual([]);
  expect(judgeVanished(life(started), () => false)).toEqual(["a does not run at rest, and nothing ended it: start"]);
  expect(judgeVanished(life(started, end(200, "stop")), () => false)).toEqual([]);
  expect(judgeVanished(life(started, end(50, "stop")), () => false)).toHaveLength(1);
  expect(judgeVanished(life(started, end(200, "shutdown")), () => false)).toHaveLength(1);
  // Its node had it alone, and crashed before another one could hear of it.
  const heard = (ms: number, node: string) => event(ms, node, "childRegistered", at("a", "node-0"));
  const own = heard(105, "node-0");
  const crash = (ms: number) => fault(ms, "crash node-0");
  expect(judgeVanished(life(started, own, crash(112)), () => false)).toEqual([]);
  expect(judgeVanished(life(started, own, crash(120)), () => false)).toHaveLength(1);
  expect(judgeVanished(life(started, own, heard(110, "node-1"), crash(112)), () => false)).toHaveLength(1);
  expect(judgeVanished(life(started, heard(105, "node-1"), fault(112, "crash node-1")), () => false)).toHaveLength(1);
  // Or it was cut off by then, and left.
  const cut = (ms: number) => fault(ms, "cut [[0],[1,2]]");
  const left = fault(130, "leave node-0");
  expect(judgeVanished(life(started, own, cut(112), left), () => false)).toEqual([]);
  expect(judgeVanished(life(started, own, cut(112)), () => false)).toHaveLength(1);
  expect(judgeVanished(life(started, own, cut(120), left), () => false)).toHaveLength(1);
});

describe("what nodes say of each other", () => {
  const wrong = (...events: readonly HistoryEvent[]): number => judgeDeaths(life([], ...events)).length;

  test("of a member by its goodbye is true of one that another process replaced while it left", () => {
    const left = event(20_000, "node-1", "memberLeft", { node: "node-0", reason: "left" });
    const replaced = fault(2_000, "namesake replaces node-0");
    expect([wrong(fault(1_000, "leave node-0"), replaced, left), wrong(replaced, left)]).toEqual([0, 1]);
  });
  const left = (reason: string) => event(9_000, "node-0", "memberLeft", { node: "node-1", reason });

  test("a member is gone when it left, died, slept or was cut off", () => {
    expect(wrong(left("down"))).toBe(1);
    for (const what of ["crash node-1", "freeze node-1", "freeze node-0", "leave node-1", "cut [[0],[1]]", "restart node-1"])
      expect([what, wrong(fault(7_000, what), left("down"))]).toEqual([what, 0]);
    expect(wrong(fault(7_000, "crash node-2"), left("down"))).toBe(1);
    expect(wrong(fault(7_000, "cut [[0,1],[2]]"), left("down"))).toBe(1);
    expect(wrong(fault(1_000, "freeze node-1"), fault(1_100, "thaw node-1"), left("down"))).toBe(1);
  });

  test("a node pauses when one comes, goes, sleeps or is cut off", () => {
    const pause = event(9_000, "node-0", "partitionChanged", { partitioned: true, members: ["node-0", "node-2"] });
    expect(wrong(pause)).toBe(1);
    expect(wrong(fault(7_000, "crash node-1"), pause)).toBe(0);
    expect(wrong(fault(7_000, "cut [[0,1],[2]]"), pause)).toBe(0);
    expect(wrong(fault(7_000, "cut [[1],[2]]"), pause)).toBe(1);
    expect(wrong(fault(1_000, "cut [[0,1],[2]]"), fault(2_000, "heal"), pause)).toBe(1);
  });

  test("a node pauses when its other life was replaced, and wakes", () => {
    const pause = event(9_000, "node-1", "partitionChanged", { partitioned: true, members: ["node-1"] });
    const replaced = [fault(1_000, "freeze node-1"), fault(2_000, "namesake replaces node-1")];
    expect(wrong(...replaced, pause)).toBe(1);
    expect(wrong(...replaced, fault(9_000, "wake the replaced node-1"), pause)).toBe(0);
    expect(wrong(...replaced, fault(5_000, "wake the replaced node-1"), pause)).toBe(1);
  });

  test("a thread ends when it was killed", () => {
    const exited = event(1_001, "node-1", "threadExited", { node: "node-1", thread: 0, error: "Error" });
    expect(wrong(kill, exited)).toBe(0);
    expect(wrong(exited)).toBe(1);
  });
});

describe("a close", () => {
  const wrong = (close: Outcome, ...events: readonly HistoryEvent[]): number => judgeCloses(life([close], ...events)).length;
  const closes = (toMs: number, ended: readonly string[] = []) =>
    call("close", 0, toMs, { by: "node-1", ids: [], value: { ended } });

  test("ends by its deadline, the time apart in which its node slept", () => {
    expect(wrong(closes(15_100))).toBe(0);
    expect(wrong(closes(15_101))).toBe(1);
    expect(wrong(closes(16_000), fault(100, "freeze node-1"), fault(1_100, "thaw node-1"))).toBe(0);
    expect(wrong({ ...closes(1_101), timeoutMs: 1_000 })).toBe(1);
  });

  test("names what it ended, and ends all", () => {
    const ended = event(50, "node-1", "childStopped", { id: "a", reason: "shutdown" });
    expect(wrong(closes(100, ["a"]), ended)).toBe(0);
    expect(wrong(closes(100), ended)).toBe(1);
    expect(wrong(closes(100), message("handling", 101, "note"))).toBe(1);
  });

  test("fails when its node crashed alone", () => {
    const broken = call("close", 0, 100, { by: "node-1", ...failed("NodeDown") });
    expect(wrong(broken)).toBe(1);
    expect(wrong(broken, fault(90, "crash node-1"))).toBe(0);
  });
});

test("a batch that was rolled back left no actor that began with it", () => {
  const batch = (rolledBack: boolean) => call("batch", 100, 200, { value: { rolledBack, errors: [] } });
  const runs = (bornMs: number) => [{ id: "a", node: "node-1", bornAtMs: t0 + bornMs }];
  expect(judgeBatches(life([batch(true)]), runs(150))).toHaveLength(1);
  expect(judgeBatches(life([batch(false)]), runs(150))).toEqual([]);
  expect(judgeBatches(life([batch(true)]), runs(50))).toEqual([]);
  expect(judgeBatches(life([batch(true), call("start", 140, 160)]), runs(150))).toEqual([]);
  const refused = call("batch", 100, 200, { value: { rolledBack: true, errors: [{ id: "a" }] } });
  expect(judgeBatches(life([refused]), runs(150))).toEqual([]);
  const aborted = call("batch", 100, 120, { ...failed("AbortError"), rollsBack: true });
  expect([judgeBatches(life([aborted]), runs(150)).length, judgeBatches(life([aborted]), runs(50)).length]).toEqual([1, 0]);
  // The caller stood still meanwhile, and another process took its place.
  const slept = [fault(120, "freeze node-0"), fault(140, "namesake of node-0")];
  expect(judgeBatches(life([batch(true)], ...slept), runs(150))).toHaveLength(1);
  expect(judgeBatches(life([batch(true)], ...slept, fault(160, "namesake replaces node-0")), runs(150))).toEqual([]);
  // It was passed on by a node that left before it answered.
  const left = (by: string) => [fault(90, "leave node-2"), event(160, by, "memberLeft", { node: "node-2", reason: "left" })];
  const problems = (by: string, atMs: number): number => judgeBatches(life([aborted], ...left(by)), runs(atMs)).length;
  expect([problems("node-0", 150), problems("node-1", 150)]).toEqual([0, 1]);
});

test("the figures of a node are those of its history", () => {
  const figures = { node: "node-1", sent: 1, handled: 1, asks: 1, restarts: 1, statesLost: 1, movedOut: 1, movedIn: 1 };
  const events = [
    message("made", 10, "note"),
    message("handling", 11, "note"),
    event(12, "node-1", "childRestarted", { id: "a", cause: "RangeError: as asked" }),
    event(13, "node-1", "stateLost", { id: "a", from: "init" }),
  ];
  const wrong = (change: Partial<typeof figures>, ...more: readonly HistoryEvent[]): number =>
    judgeFigures(life([], ...events, ...more), [{ ...figures, ...change }]).length;
  expect(wrong({})).toBe(0);
  for (const key of ["sent", "handled", "asks", "restarts", "statesLost", "movedOut", "movedIn"] as const)
    expect([key, wrong({ [key]: 0 }), wrong({ [key]: 2 })]).toEqual([key, 1, 1]);
  expect([wrong({ handled: 0 }, fault(20, "crash node-1")), wrong({ handled: 2 }, fault(20, "crash node-1"))]).toEqual([0, 1]);
});
