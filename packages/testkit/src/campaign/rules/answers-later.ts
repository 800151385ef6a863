/*
 * Judges asks whose answers were put off: each got its own answer, which was given; and who was owed one waited on, or had a reason not to.
 * Without it a token could lead to another asker, or an answer be given to nobody while somebody waits.
 */
import type { NodeEvent } from "../chronicle.js";
import type { Outcome } from "../outcomes.js";
import { isExplained } from "./asks.js";
import { type Failed, troubled, wasPaused } from "./causes.js";
import type { LifeRecord } from "./record.js";

/** How long a refusal or an answer may be on its way at most, where nothing is in trouble, in ms. */
const wayMs = 1_000;

/** Each ask of a desk ended as the desk, or what happened to it, says. */
export function judgeAnswersLater(life: LifeRecord): string[] {
  const served = byEntry(life, "served");
  const owed = byEntry(life, "owes");
  const problems: string[] = [];
  for (const call of life.outcomes) {
    const n = call.entry;
    if (n === undefined || (call.kind !== "wait" && call.kind !== "relay")) continue;
    const given = (served.get(n) ?? []).filter(({ detail, atMs }) => detail.given === true && atMs <= call.toMs);
    const problem =
      call.kind === "relay"
        ? relayProblem(call, n, given)
        : waitProblem(life, call, n, given, owed.get(n)?.[0], served.get(n) ?? []);
    if (problem !== undefined) problems.push(`${call.what}, ended at ${life.atMs(call.toMs)}: ${problem}`);
  }
  for (const [n, all] of served) {
    if (all.some(({ detail }) => detail.again === true)) problems.push(`wait ${n}: a token that was used was taken again`);
    const [first, ...others] = all.filter(({ detail }) => detail.given === true);
    if (first !== undefined && others.length > 0 && !wentBack(life, first)) problems.push(`wait ${n}: it was answered twice`);
    if (owed.get(n) === undefined) problems.push(`wait ${n}: it was served, and no desk had taken it on`);
  }
  return problems;
}

/** A desk that waits at another one had its own number, or none. */
function relayProblem({ value, failure }: Outcome, n: number, given: readonly NodeEvent[]): string | undefined {
  if (failure !== undefined || value === -1) return undefined;
  return value === n && given.some(({ detail }) => detail.refuses === false)
    ? undefined
    : `it had ${value}, which nobody gave it`;
}

function waitProblem(
  life: LifeRecord,
  call: Outcome,
  n: number,
  given: readonly NodeEvent[],
  taken: NodeEvent | undefined,
  served: readonly NodeEvent[],
): string | undefined {
  const { failure } = call;
  const isGiven = (refuses: boolean): boolean => given.some(({ detail }) => detail.refuses === refuses);
  if (failure === undefined) return call.value === n && isGiven(false) ? undefined : `it had ${call.value}, which nobody gave it`;
  const { code, message } = failure;
  if (message === "no more today") return isGiven(true) ? undefined : "nobody refused it";
  if (message === "waits no more" || message === "badly") return undefined;
  const failed: Failed = { ...call, failure };
  if (taken === undefined) return isExplained(life, failed) ? undefined : `nothing that happened explains ${code}: ${message}`;
  if (code === "AskTimeout") return timeoutProblem(life, failed, taken, served);
  return isExplained(life, failed) || beganAnew(life, failed, taken)
    ? undefined
    : `it was taken on, and nothing that happened explains ${code}: ${message}`;
}

/** Nobody answered in time: nobody could, or the answer was on its way, or something was in trouble. */
function timeoutProblem(
  life: LifeRecord,
  { by = "", ids: [id = ""], fromMs, toMs, failure }: Failed,
  taken: NodeEvent,
  served: readonly NodeEvent[],
): string | undefined {
  const timeoutMs = Number(failure.fields.timeoutMs);
  // A clock may be fast by a hundredth.
  if (toMs - fromMs < 0.98 * timeoutMs - 1) return `its time was not over after ${(toMs - fromMs).toFixed(0)} ms`;
  if (failure.fields.id !== id) return `its error names ${failure.fields.id}`;
  const lastMs = toMs - Math.max(wayMs, 0.02 * timeoutMs);
  const { chronicle, settings } = life;
  const inTrouble = chronicle.nodes.some(
    (node) => troubled(life, node, by, fromMs - settings.deathMs, toMs) || wasPaused(life, node, fromMs - settings.deathMs, toMs),
  );
  if (inTrouble) return undefined;
  const answer = served.find(({ atMs }) => atMs <= lastMs);
  if (answer !== undefined)
    return answer.detail.given === true
      ? "it was answered, and did not hear of it"
      : "it waited, and its desk was told that nobody does";
  const isOver = chronicle.ofActor("childStopped", id, taken.atMs, lastMs).length > 0;
  return isOver ? "its desk ended, and it was not told" : undefined;
}

/** The desk began anew after it had taken the ask on: it knows of it no more. */
function beganAnew({ chronicle }: LifeRecord, { ids: [id = ""], toMs, failure }: Failed, taken: NodeEvent): boolean {
  return failure.code === "OutcomeUnknown" && chronicle.ofActor("childRestarted", id, taken.atMs, toMs + wayMs).length > 0;
}

/** The desk may have gone on from an earlier state, or as two, after it had answered. */
function wentBack({ chronicle }: LifeRecord, { atMs, detail }: NodeEvent): boolean {
  const id = String(detail.id);
  const isNew = ["childRestarted", "stateLost", "childUnregistered"].some((name) => chronicle.ofActor(name, id, atMs).length > 0);
  return isNew || chronicle.mayOverlap || chronicle.kills.length > 0 || chronicle.nodes.some((node) => chronicle.died(node));
}

function byEntry({ chronicle }: LifeRecord, name: string): Map<number, NodeEvent[]> {
  const all = new Map<number, NodeEvent[]>();
  for (const event of chronicle.events(name)) {
    const n = Number(event.detail.n);
    all.set(n, [...(all.get(n) ?? []), event]);
  }
  return all;
}
