import { expect, test } from "vitest";
import type { HistoryEvent } from "../../history.js";
import type { Outcome } from "../outcomes.js";
import { judgeAnswersLater } from "./answers-later.js";
import { fault, settings, t0, event as told } from "./fixtures/small-history.js";
import { LifeRecord } from "./record.js";

const event = (ms: number, node: string, name: string, detail: object): HistoryEvent =>
  told(ms, node, name, { id: "d", ...detail });
const here = ["node-0", "node-1"].map((node) =>
  event(1, node, "childRegistered", { replicas: [{ node: "node-1", thread: 0, epoch: 1 }] }),
);
const owes = event(110, "node-1", "owes", { n: 7 });
const served = (ms: number, detail: object = {}) =>
  event(ms, "node-1", "served", { n: 7, refuses: false, given: true, again: false, ...detail });
const asked = (rest: Partial<Outcome> = {}): Outcome => ({
  ...{ kind: "wait", what: "wait", by: "node-0", ids: ["d"], entry: 7, fromMs: t0 + 100, toMs: t0 + 8_100 },
  ...{ failure: undefined, value: 7, ...rest },
});
const failed = (code: string, fields: object = {}, message = code) => ({ failure: { code, message, fields: { ...fields } } });
const wrong = (call: Outcome, ...events: readonly HistoryEvent[]): string[] =>
  judgeAnswersLater(new LifeRecord(settings, [call], [...here, ...events])).map((text) => text.split(": ").slice(1).join(": "));

test("who waits has its own answer, and was given it", () => {
  expect(wrong(asked(), owes, served(8_000))).toEqual([]);
  expect(wrong(asked({ value: 8 }), owes, served(8_000))).toEqual(["it had 8, which nobody gave it"]);
  expect(wrong(asked(), owes)).toEqual(["it had 7, which nobody gave it"]);
  expect(wrong(asked(), owes, served(8_200))).toEqual(["it had 7, which nobody gave it"]);
  expect(wrong(asked(), owes, served(8_000, { given: false }))).toEqual(["it had 7, which nobody gave it"]);
  expect(wrong(asked(), owes, served(8_000, { refuses: true }))).toEqual(["it had 7, which nobody gave it"]);
  const refused = asked(failed("RangeError", {}, "no more today"));
  expect([wrong(refused, owes, served(8_000, { refuses: true })), wrong(refused, owes, served(8_000))]).toEqual([
    [],
    ["nobody refused it"],
  ]);
  const relayed = (value: number) => wrong(asked({ kind: "relay", value }), owes, served(8_000));
  expect([relayed(7), relayed(-1), relayed(6)]).toEqual([[], [], ["it had 6, which nobody gave it"]]);
});

test("a token is good for one answer, to one who was taken on", () => {
  expect(wrong(asked(), owes, served(8_000, { again: true }))).toEqual(["a token that was used was taken again"]);
  expect(wrong(asked(), owes, served(7_000), served(8_000))).toEqual(["it was answered twice"]);
  expect(wrong(asked(), owes, served(7_000), event(7_500, "node-1", "childRestarted", {}), served(8_000))).toEqual([]);
  expect(wrong(asked(), owes, served(7_000), event(7_500, "node-1", "childRestarted", { id: "e" }), served(8_000))).toHaveLength(
    1,
  );
  expect(wrong(asked(), served(8_000))).toEqual(["it was served, and no desk had taken it on"]);
});

test("who waits in vain had its time, and nobody answered it", () => {
  const late = asked(failed("AskTimeout", { id: "d", timeoutMs: 8_000 }));
  expect(wrong(late, owes)).toEqual([]);
  expect(wrong({ ...late, toMs: t0 + 5_000 }, owes)).toEqual(["its time was not over after 4900 ms"]);
  expect(wrong(asked(failed("AskTimeout", { id: "e", timeoutMs: 8_000 })), owes)).toEqual(["its error names e"]);
  const deaf = ["it was answered, and did not hear of it"];
  expect([wrong(late, owes, served(5_000)), wrong(late, owes, served(7_900))]).toEqual([deaf, []]);
  expect(wrong(late, owes, served(5_000, { given: false }))).toEqual(["it waited, and its desk was told that nobody does"]);
  expect([
    wrong(late, owes, served(5_000), fault(5_000, "freeze node-1")),
    wrong(late, owes, served(5_000), fault(8_500, "freeze node-1")),
  ]).toEqual([[], deaf]);
  const ends = event(3_000, "node-1", "childStopped", { reason: "stop" });
  expect(wrong(late, owes, ends)).toEqual(["its desk ended, and it was not told"]);
});

test("any other error has the causes of an ask; or its desk began anew", () => {
  const unknown = asked(failed("OutcomeUnknown"));
  const anew = (ms: number, id = "d") => event(ms, "node-1", "childRestarted", { id });
  const nothing = ["it was taken on, and nothing that happened explains OutcomeUnknown: OutcomeUnknown"];
  const quiet = { ...unknown, toMs: t0 + 9_000, fromMs: t0 + 8_000 };
  const taken = event(8_100, "node-1", "owes", { n: 7 });
  expect([
    wrong(quiet, taken),
    wrong(quiet, taken, anew(8_900)),
    wrong(quiet, taken, anew(8_050)),
    wrong(quiet, taken, anew(8_900, "e")),
  ]).toEqual([nothing, [], nothing, nothing]);
  const stopped = asked(failed("ActorStopped"));
  const ends = (ms: number) => event(ms, "node-1", "childStopped", { reason: "stop" });
  expect([wrong(stopped, owes, ends(8_000)), wrong(stopped, owes, ends(8_200))]).toEqual([
    [],
    ["it was taken on, and nothing that happened explains ActorStopped: ActorStopped"],
  ]);
  expect(wrong(stopped)).toEqual(["nothing that happened explains ActorStopped: ActorStopped"]);
});
