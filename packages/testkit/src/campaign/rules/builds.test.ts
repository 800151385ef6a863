import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../history.js";
import type { Outcome } from "../outcomes.js";
import { judgeAnnouncements } from "./announcements.js";
import { judgeBuilds } from "./builds.js";
import { event, fault, settings, t0 } from "./fixtures/small-history.js";
import { LifeRecord } from "./record.js";

const says = (ms: number, node: string, why: string, epoch: number, count = 0, sum = 0): HistoryEvent =>
  event(ms, node, "announced", { id: "nomad-0", why, thread: 0, epoch, count, sum });
const handles = (ms: number, node: string, epoch: number, n: number, thread = 0): HistoryEvent => ({
  ...{ kind: "handling", atMs: t0 + ms, place: `${node}@x/${thread}.0`, epoch },
  message: { from: "node-0@x/main", to: "nomad-0", name: "note", input: { n } },
});
const moving = (ms: number, node: string, to: string) => event(ms, node, "childrenMoving", { ids: ["a", "nomad-0"], to });
const life = (events: readonly HistoryEvent[], outcomes: readonly Outcome[] = []) => new LifeRecord(settings, outcomes, events);

describe("a nomad says where it is", () => {
  const wrong = (...events: readonly HistoryEvent[]): string[] =>
    judgeAnnouncements(life(events)).map((text) => text.split(": ").slice(1).join(": "));
  const begun = [says(1, "n0", "begun", 1), handles(2, "n0", 1, 5)];
  const moved = [...begun, moving(3, "n0", "n1"), says(4, "n1", "move", 2, 1, 5)];

  test("once, before it handles anything there", () => {
    expect(wrong(...moved, handles(5, "n1", 2, 6))).toEqual([]);
    expect(judgeAnnouncements(life([handles(2, "n0", 1, 5)]))).toHaveLength(1);
    expect(judgeAnnouncements(life([...begun, handles(5, "n1", 2, 6)]))).toHaveLength(1);
    expect(judgeAnnouncements(life([...begun, handles(5, "n0", 1, 6, 1)]))).toHaveLength(1);
    // It goes on under a later epoch where it was, not under an earlier one.
    expect(judgeAnnouncements(life([...moved, handles(5, "n1", 3, 6)]))).toEqual([]);
    expect(judgeAnnouncements(life([...moved, handles(5, "n1", 1, 6)]))).toHaveLength(1);
    expect(judgeAnnouncements(life([...moved, handles(5, "n0", 1, 6)]))).toHaveLength(1);
    expect(wrong(...moved, moving(5, "n0", "n1"), says(6, "n1", "move", 2, 1, 5))).toEqual(["it has heard that already"]);
  });

  test("and each word of a move explains one arrival", () => {
    expect(wrong(...begun, says(4, "n1", "move", 2, 1, 5))).toEqual(["no node moved it there"]);
    expect(wrong(...begun, moving(3, "n0", "n2"), says(4, "n1", "move", 2, 1, 5))).toEqual(["no node moved it there"]);
    expect(wrong(...moved, says(6, "n1", "move", 3, 1, 5))).toEqual(["no node moved it there"]);
  });

  test("and comes with the state that it left with", () => {
    const comes = (count: number, sum: number) => wrong(...begun, moving(3, "n0", "n1"), says(4, "n1", "move", 2, count, sum));
    expect(comes(1, 5)).toEqual([]);
    expect(comes(0, 0)).toEqual(["P4: it comes with 0 messages in its state (0), and left with 1 (5)"]);
    expect(comes(1, 6)).toEqual(["P4: it comes with 1 messages in its state (6), and left with 1 (5)"]);
    // Of two duplicates either may be the one that moves.
    const both = [...begun, fault(3, "cut [[0],[1]]"), event(4, "n1", "stateLost", { id: "nomad-0", from: "init" })];
    const ends = [says(5, "n1", "begun", 1_001), handles(6, "n1", 1_001, 7), moving(7, "n0", "n2")];
    expect(wrong(...both, ...ends, says(8, "n2", "move", 2, 1, 5))).toEqual([]);
    expect(wrong(...both, ...ends, says(8, "n2", "move", 2, 3, 5))).toHaveLength(1);
  });

  test("and begins anew when its end, or the loss of its state, was told", () => {
    const again = says(10, "n1", "begun", 3);
    expect(wrong(...begun, again)).toEqual(["it had a state, and nothing told ends or loses that"]);
    expect(wrong(says(1, "n0", "begun", 1), again)).toEqual([]);
    expect(wrong(...begun, event(5, "n0", "childStopped", { id: "nomad-0", reason: "stop" }), again)).toEqual([]);
    expect(wrong(...begun, event(5, "n0", "childStopped", { id: "nomad-1", reason: "stop" }), again)).toHaveLength(1);
    // A duplicate, on a node that could not see the other.
    const cut = (ms: number, what = "cut [[0],[1]]") => [
      says(1, "node-0", "begun", 1),
      handles(2, "node-0", 1, 5),
      fault(ms, what),
    ];
    const other = says(10, "node-1", "begun", 3);
    expect(
      [wrong(...cut(3), other), wrong(...cut(3, "cut [[0,1],[2]]"), other), wrong(...cut(11), other)].map(({ length }) => length),
    ).toEqual([0, 1, 1]);
    const lost = (from: string) => event(11, "n1", "stateLost", { id: "nomad-0", node: "n1", from });
    expect([wrong(...begun, again, lost("init")).length, wrong(...begun, again, lost("replica")).length]).toEqual([0, 1]);
  });

  test("and goes on from a replica when its place was lost", () => {
    const takes = says(9_000, "n1", "takeOver", 1_001, 1, 5);
    const down = (node: string) => event(8_000, "n1", "memberLeft", { node, reason: "down" });
    expect(wrong(...begun, takes)).toEqual(["its place was not lost"]);
    expect([wrong(...begun, down("n0"), takes).length, wrong(...begun, down("n2"), takes).length]).toEqual([0, 1]);
    const killed = (what: string) => wrong(...begun, fault(8_000, what), takes).length;
    expect([killed("kill thread 0 of n0"), killed("kill thread 0 of n2")]).toEqual([0, 1]);
  });
});

describe("at rest", () => {
  const kinds = (node: string, ...some: readonly string[]) => fault(1, ["kinds", node, ...some].join(" "));
  const rest = { up: ["n0", "n1"], wardens: [], waiting: [] };
  const drained: Outcome = {
    ...{ kind: "drain", what: "drain", by: "n0", ids: [], fromMs: t0 + 100, toMs: t0 + 200 },
    ...{ failure: undefined, value: undefined },
  };
  const begun = event(2, "n0", "memberJoined", { node: "n1" });

  test("each node that lists the warden has one, its own, and no other", () => {
    const wrong = (...wardens: readonly { readonly id: string; readonly node: string }[]) =>
      judgeBuilds(life([kinds("n0", "warden"), kinds("n1", "nomad:1")]), { ...rest, wardens });
    const own = { id: "warden@n0", node: "n0" };
    expect(wrong(own)).toEqual([]);
    expect(wrong()).toEqual(["n0 has 0 wardens of its own at rest"]);
    expect(wrong(own, own)).toEqual(["n0 has 2 wardens of its own at rest"]);
    expect(wrong(own, { id: "warden@n1", node: "n1" })).toEqual(["warden@n1 runs on n1, where it does not belong"]);
    expect(wrong({ ...own, node: "n1" })).toHaveLength(2);
    expect(judgeBuilds(life([begun, kinds("n0", "warden")], [drained]), rest)).toEqual([]);
  });

  test("no nomad waits that a node could run", () => {
    const wrong = (outcomes: readonly Outcome[], ...events: readonly HistoryEvent[]) =>
      judgeBuilds(life(events, outcomes), { ...rest, waiting: ["nomad-0"] }).length;
    expect([wrong([]), wrong([], kinds("n0", "nomad:1")), wrong([], kinds("n2", "nomad:1"))]).toEqual([0, 1, 0]);
    expect(wrong([drained], begun, kinds("n0", "nomad:1"))).toBe(0);
    expect(wrong([drained], begun, fault(300, "restart n0"), kinds("n0", "nomad:1"))).toBe(1);
    // It begins again with a kind that it had not.
    expect(wrong([], kinds("n0", "nomad:1"), fault(5, "kinds n0"))).toBe(0);
    // The node that drains may have its state, which the other cannot take.
    const kept = [kinds("n0", "nomad:2-only"), kinds("n1", "nomad:1")];
    expect([wrong([], ...kept), wrong([drained], begun, ...kept)]).toEqual([1, 0]);
  });

  test("a node has come up with its own actors", () => {
    const failure = { code: "StartFailed", message: "as told", fields: {} };
    const open = (code: string): Outcome => ({ ...drained, kind: "open", failure: { ...failure, code } });
    expect(judgeBuilds(life([], [open("StartFailed")]), rest)).toEqual(["drain: as told"]);
    expect(judgeBuilds(life([], [open("NodeDown")]), rest)).toEqual([]);
  });
});
