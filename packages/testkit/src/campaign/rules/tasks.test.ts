import { expect, test } from "vitest";
import type { HistoryEvent } from "../../history.js";
import type { Outcome } from "../outcomes.js";
import { fault, settings, t0, event as told } from "./fixtures/small-history.js";
import { LifeRecord, type LifeSettings } from "./record.js";
import { judgeTasks } from "./tasks.js";

const event = (ms: number, node: string, name: string, detail: object): HistoryEvent =>
  told(ms, node, name, { id: "s", ...detail });
const here = event(1, "node-1", "childRegistered", { replicas: [{ node: "node-1", thread: 0, epoch: 1 }] });
const forges = (detail: object = {}, ms = 100) =>
  event(ms, "node-1", "forges", { n: 7, key: "k", fails: false, deadline: -1, ...detail });
const ends = (code: string, ms = 500, detail: object = {}) => event(ms, "node-1", "taskEnds", { n: 7, of: 7, code, ...detail });
const wrong = (...events: readonly HistoryEvent[]): string[] =>
  judgeTasks(new LifeRecord(settings, [], [here, ...events])).map((text) => text.replace(/^task 7 of s, .*ms: /, ""));

test("a task has one outcome, its own, with the context of what began it", () => {
  expect(wrong(forges(), ends("done"))).toEqual([]);
  expect(wrong(forges(), ends("done"), ends("done", 600))).toEqual(["it had 2 outcomes"]);
  expect(wrong(forges(), ends("done"), event(550, "node-1", "childRestarted", {}), ends("done", 600))).toEqual([]);
  expect(wrong(ends("done"))).toEqual(["task 7 ended, and had not begun"]);
  expect(wrong(forges({}, 600), ends("done"))).toContain("task 7 ended, and had not begun");
  expect(wrong(forges(), ends("done", 500, { of: 8 }))).toEqual(["the outcome of task 7 came with the context of 8"]);
  expect(wrong(forges({ deadline: 5 }), ends("done"))).toEqual(["a tell has a deadline"]);
  expect([wrong(forges({ fails: true }), ends("done")), wrong(forges(), ends("cracked"))]).toEqual([
    ["it was to fail"],
    ["it was not to fail"],
  ]);
  expect(wrong(forges({ fails: true }), ends("cracked"))).toEqual([]);
  expect(wrong(forges(), ends("Stop"))).toEqual(["it ended with Stop"]);
});

test("it is aborted by a word of its key, or another task of that, and moved by a move", () => {
  const quench = (ms: number, key: string) => event(ms, "node-1", "quenches", { key });
  const aborted = (...events: readonly HistoryEvent[]) => wrong(forges(), ...events, ends("Aborted"));
  const nobody = ["nobody aborted it"];
  expect([aborted(), aborted(quench(200, "k")), aborted(quench(200, "l")), aborted(quench(600, "k"))]).toEqual([
    nobody,
    [],
    nobody,
    nobody,
  ]);
  const other = (key: string) => [forges({ n: 8, key }, 200), ends("done", 300, { n: 8, of: 8 })];
  expect([aborted(...other("k")), aborted(...other("l"))]).toEqual([[], nobody]);
  const moving = (id: string) => event(400, "node-1", "childrenMoving", { ids: [id], to: "node-2" });
  expect([wrong(forges(), moving("s"), ends("Move")), wrong(forges(), moving("t"), ends("Move"))]).toEqual([
    [],
    ["its actor did not move"],
  ]);
});

test("it ends without a word with its actor's life alone", () => {
  const none = ["it had no outcome"];
  const stopped = (ms: number, id = "s") => event(ms, "node-1", "childStopped", { id, reason: "stop" });
  expect([
    wrong(forges()),
    wrong(forges(), stopped(300)),
    wrong(forges(), stopped(50)),
    wrong(forges(), stopped(300, "t")),
  ]).toEqual([none, [], none, none]);
  const killed = (ms: number, node: string) => wrong(forges(), fault(ms, `kill thread 0 of ${node}`));
  expect([killed(300, "node-1"), killed(300, "node-2"), killed(50, "node-1")]).toEqual([[], none, none]);
});

test("what is concurrent is answered beside a slow handler, unless something keeps it", () => {
  const asked = (toMs: number, rest: Partial<Outcome> = {}): Outcome => ({
    ...{ kind: "ask", what: "glance", by: "node-0", ids: ["s"], entry: 3, fromMs: t0 + 10_000, toMs: t0 + toMs },
    ...{ failure: undefined, value: 1, ...rest },
  });
  const judged = (call: Outcome, more: Partial<LifeSettings>, ...events: readonly HistoryEvent[]) =>
    judgeTasks(new LifeRecord({ ...settings, ...more }, [call], [here, ...events]));
  const late = ["glance: it was answered after 400 ms, and nothing kept it"];
  expect([judged(asked(10_100), {}), judged(asked(10_400), {})]).toEqual([[], late]);
  expect([judged(asked(10_400), { acknowledges: true }), judged(asked(10_400), { drops: true })]).toEqual([[], []]);
  expect(judged(asked(10_400), {}, fault(9_000, "freeze node-1"))).toEqual([]);
  expect(judged(asked(10_400), {}, fault(11_000, "freeze node-1"))).toEqual(late);
  const failure = { code: "OutcomeUnknown", message: "x", fields: {} };
  const polish = asked(10_400, { kind: "polish", failure });
  expect(judged(polish, {})).toHaveLength(1);
  expect(judged(polish, {}, event(10_400, "node-1", "childRestarted", {}))).toEqual([]);
  expect(judged(polish, {}, event(10_400, "node-1", "childRestarted", { id: "t" }))).toHaveLength(1);
});
