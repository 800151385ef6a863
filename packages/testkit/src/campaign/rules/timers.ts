/*
 * Judges work by the clock, and what travels with an ask: a timer rings when it is due, as often as it may; a deadline and a context go along.
 * Without it a timer could be lost on a move, or ring twice, and no life would see it.
 */
import type { NodeEvent } from "../chronicle.js";
import { lifeEnded, mayRepeat } from "./causes.js";
import type { LifeRecord } from "./record.js";

/** Timers of a machine are that far off. */
const jitterMs = 2;

/** Each timer rang when it was due, and each errand had its time and its context. */
export function judgeTimers(life: LifeRecord): string[] {
  const ticks = life.chronicle.events("ticks");
  const problems = life.chronicle.events("sets").flatMap((set) => {
    const mine = ticks.filter(({ detail }) => detail.n === set.detail.n);
    const problem = timerProblem(life, set, mine);
    return problem === undefined ? [] : [`timer ${set.detail.n} of ${set.detail.id}, set at ${life.atMs(set.atMs)}: ${problem}`];
  });
  return [...problems, ...errandProblems(life)];
}

function timerProblem(life: LifeRecord, set: NodeEvent, ticks: readonly NodeEvent[]): string | undefined {
  const { id, delayMs, everyMs } = set.detail;
  // Its machine's clock may have stood still, or have been set.
  const isTrue = !life.chronicle.nodes.some((node) => life.chronicle.slept(node, set.atMs, Number.POSITIVE_INFINITY));
  if (delayMs !== undefined) {
    if (ticks.length > 1 && !mayRepeat(life, String(id))) return `it rang ${ticks.length} times`;
    const [tick] = ticks;
    if (tick === undefined) return lifeEnded(life, set) ? undefined : "it never rang";
    const early = set.atMs + Number(delayMs) - tick.atMs;
    return isTrue && early > jitterMs ? `it rang ${early.toFixed(0)} ms early` : undefined;
  }
  const last = ticks.at(-1);
  if (last === undefined || !isTrue || mayRepeat(life, String(id))) return undefined;
  const most = Math.floor((last.atMs - set.atMs + jitterMs) / Number(everyMs)) + 1;
  return ticks.length > most
    ? `it rang ${ticks.length} times within ${(last.atMs - set.atMs).toFixed(0)} ms, every ${everyMs}`
    : undefined;
}

/** Each actor of an errand has the context of who sent it, and no more time than the one before. */
function errandProblems(life: LifeRecord): string[] {
  const { chronicle, calls } = life;
  const timeouts = new Map(calls.flatMap(({ kind, entry, timeoutMs }) => (kind === "errand" ? [[entry, timeoutMs]] : [])));
  const left = new Map<string, number>();
  return chronicle.events("errand").flatMap(({ atMs, detail }) => {
    const { id, n, hops, context } = detail;
    const what = `errand ${n} at ${id} at ${life.atMs(atMs)}`;
    if (context !== n) return [`${what}: it has the context of ${context}`];
    const leftMs = Number(detail.leftMs);
    // A clock that is set moves deadlines on its machine.
    if (chronicle.nodes.some((node) => chronicle.slept(node, 0, Number.POSITIVE_INFINITY))) return [];
    const most = left.get(`${n} ${Number(hops) + 1}`) ?? Number(timeouts.get(Number(n)) ?? Number.POSITIVE_INFINITY);
    left.set(`${n} ${hops}`, leftMs);
    return leftMs <= most + jitterMs
      ? []
      : [`${what}: it has ${leftMs.toFixed(0)} ms left, and the one before had ${most.toFixed(0)}`];
  });
}
