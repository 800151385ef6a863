/*
 * Judges work beside a mailbox: each task has one outcome, its own, for a reason that was there; what is concurrent does not wait for slow handlers.
 * Without it a task could end without a word, or twice, and a quick question wait for a slow answer, and no life would see it.
 */
import type { NodeEvent } from "../chronicle.js";
import type { Outcome } from "../outcomes.js";
import { isExplained } from "./asks.js";
import { lifeEnded, mayRepeat, movesOf, troubled, wasPaused } from "./causes.js";
import type { LifeRecord } from "./record.js";

/** How long an answer beside a slow handler may take at most, where nothing is in trouble, in ms. */
const besideMs = 300;
/** Moves and the like are told so long before or after they concern an actor. */
const aroundMs = 1_000;

/** Each task had its outcome, and each concurrent ask its answer. */
export function judgeTasks(life: LifeRecord): string[] {
  const begun = life.chronicle.events("forges");
  const ends = life.chronicle.events("taskEnds");
  const problems = ends.flatMap((end) => {
    const { n, of } = end.detail;
    if (n !== of) return [`the outcome of task ${n} came with the context of ${of}`];
    return begun.some(({ detail, atMs }) => detail.n === n && atMs <= end.atMs) ? [] : [`task ${n} ended, and had not begun`];
  });
  for (const task of begun) {
    const mine = ends.filter(({ detail }) => detail.n === task.detail.n);
    const problem = taskProblem(life, task, mine, begun);
    if (problem !== undefined)
      problems.push(`task ${task.detail.n} of ${task.detail.id}, begun at ${life.atMs(task.atMs)}: ${problem}`);
  }
  return [...problems, ...life.outcomes.flatMap((call) => askProblem(life, call))];
}

function taskProblem(
  life: LifeRecord,
  task: NodeEvent,
  ends: readonly NodeEvent[],
  begun: readonly NodeEvent[],
): string | undefined {
  const { chronicle } = life;
  const { id, key, fails, deadline } = task.detail;
  if (deadline !== -1) return "a tell has a deadline";
  // It may have gone on from an earlier state, or as two.
  if (ends.length > 1 && !mayRepeat(life, String(id))) return `it had ${ends.length} outcomes`;
  const [end] = ends;
  const untilMs = end?.atMs ?? Number.POSITIVE_INFINITY;
  const wasAborted =
    chronicle.ofActor("quenches", String(id), task.atMs, untilMs).some(({ detail }) => detail.key === key) ||
    begun.some(
      (other) => other !== task && other.detail.id === id && other.detail.key === key && within(other, task.atMs, untilMs),
    );
  if (end === undefined) return lifeEnded(life, task) ? undefined : "it had no outcome";
  const { code } = end.detail;
  if (code === "done") return fails === true ? "it was to fail" : undefined;
  if (code === "cracked") return fails === true ? undefined : "it was not to fail";
  if (code === "Aborted") return wasAborted ? undefined : "nobody aborted it";
  if (code === "Move")
    return movesOf(life, String(id), task.atMs - aroundMs, untilMs + aroundMs).length > 0 ? undefined : "its actor did not move";
  return `it ended with ${code}`;
}

function within({ atMs }: NodeEvent, fromMs: number, toMs: number): boolean {
  return atMs >= fromMs && atMs <= toMs;
}

/** A glance does not wait for the handler in hand, where nothing is held until it is safe; a polish fails as any ask, or by what throws beside it. */
function askProblem(life: LifeRecord, call: Outcome): string[] {
  const { kind, entry, by = "", ids, fromMs, toMs, failure } = call;
  const [id = ""] = ids;
  if (kind === "polish" && failure !== undefined) {
    const threw = life.chronicle.ofActor("childRestarted", id, fromMs, toMs + aroundMs).length > 0;
    if ((failure.code === "OutcomeUnknown" && threw) || isExplained(life, { ...call, failure })) return [];
    return [`${call.what}, failed at ${life.atMs(toMs)}: nothing that happened explains ${failure.code}: ${failure.message}`];
  }
  if (kind !== "ask" || entry === undefined || failure !== undefined || toMs - fromMs < besideMs) return [];
  const { chronicle, settings } = life;
  const since = fromMs - settings.deathMs;
  const isFree =
    !settings.acknowledges &&
    movesOf(life, id, since, toMs).length === 0 &&
    !hasBegun(life, id, since, toMs) &&
    !chronicle.nodes.some((node) => troubled(life, node, by, since, toMs) || wasPaused(life, node, since, toMs)) &&
    !settings.drops;
  return isFree ? [`${call.what}: it was answered after ${(toMs - fromMs).toFixed(0)} ms, and nothing kept it`] : [];
}

function hasBegun({ chronicle }: LifeRecord, id: string, fromMs: number, toMs: number): boolean {
  const names = ["childRegistered", "childUnregistered", "childRestarted", "childStopped"];
  return names.some((name) => chronicle.ofActor(name, id, fromMs, toMs).length > 0);
}
