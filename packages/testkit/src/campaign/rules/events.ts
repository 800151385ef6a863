/*
 * Judges what subscribers heard: events in order, each once, as they were emitted; each gap told, for a reason that was there; an end that had come.
 * Without it an event could be missing, or come twice, and no life would see it.
 */
import { eventProblem, type HeardEvent } from "../../checkers/events.js";
import type { NodeEvent } from "../chronicle.js";
import { cryOf, heraldKeeps } from "../talks/herald.actor.js";
import type { LifeRecord } from "./record.js";

/** Events that a subscriber has not taken in yet are kept beyond the latest: so many at most. */
const keptForSlow = 1_024;

/** One word that a subscriber heard. */
interface Heard {
  readonly by: string;
  readonly to: string;
  readonly type: "event" | "resync" | "ended" | "closed";
  readonly seq: number;
  readonly k: number;
  readonly reason: string;
  /** What an actor had heard before, by its state; absent: it listens no more. */
  readonly ear?: { readonly last: number; readonly highest: number };
}

/** What a herald emitted, by number. */
type Cries = ReadonlyMap<number, readonly { readonly k: number; readonly atMs: number }[]>;

/** Each subscriber heard what was emitted, in order, each once, and was told of each gap and end. */
export function judgeEvents(life: LifeRecord): string[] {
  const { chronicle } = life;
  const cries = criesByHerald(chronicle.events("proclaimed"));
  const problems = [...cries].flatMap(([id, all]) => numbersTwice(life, id, all));
  const heard = new Map<string, NodeEvent[]>();
  for (const event of chronicle.events("hears")) {
    const { by, to } = event.detail as unknown as Heard;
    const key = `${by} of ${to}`;
    heard.set(key, [...(heard.get(key) ?? []), event]);
  }
  for (const [key, all] of heard) {
    const to = String(all[0]?.detail.to);
    const emitted = cries.get(to) ?? new Map();
    const problem = orderProblem(life, key, all) ?? first(all, (event, before) => wordProblem(life, event, before, emitted));
    if (problem !== undefined) problems.push(`${key}: ${problem}`);
  }
  return problems;
}

function criesByHerald(events: readonly NodeEvent[]): Map<string, Cries> {
  const all = new Map<string, Map<number, { k: number; atMs: number }[]>>();
  for (const { atMs, detail } of events) {
    const { id, n, times, last } = detail as unknown as { id: string; n: number; times: number; last: number };
    const cries = all.get(id) ?? new Map<number, { k: number; atMs: number }[]>();
    all.set(id, cries);
    for (let index = 0; index < times; index++) {
      const seq = last - times + 1 + index;
      cries.set(seq, [...(cries.get(seq) ?? []), { k: cryOf(n, index), atMs }]);
    }
  }
  return all;
}

/** Numbers never go back: no two events of an actor have one, unless two lives of it ran side by side, or it was started anew after its end. */
function numbersTwice({ chronicle }: LifeRecord, id: string, cries: Cries): string[] {
  if (chronicle.mayOverlap) return [];
  const isAgain = ([one, other]: readonly { readonly atMs: number }[]): boolean =>
    one !== undefined && other !== undefined && chronicle.ofActor("childStopped", id, one.atMs, other.atMs).length === 0;
  const twice = [...cries].find(([, all]) => isAgain(all));
  return twice === undefined ? [] : [`${id} gave the number ${twice[0]} ${twice[1].length} times`];
}

/** A node's ear: by all it heard. An actor's: by what its state said before, since it may go on from an earlier state. */
function orderProblem({ chronicle }: LifeRecord, key: string, all: readonly NodeEvent[]): string | undefined {
  const words = all.map(({ detail }) => detail as unknown as Heard);
  const isActor = words.some(({ by }) => by.startsWith("listener-"));
  if (isActor) {
    for (const { type, seq, ear } of words) {
      if (ear === undefined || type === "ended") continue;
      const before: HeardEvent[] = ear.highest < 0 ? [] : [{ seq: ear.highest, payload: 0 }];
      if (ear.last >= 0) before.push({ resync: "", seq: ear.last });
      const problem = eventProblem([...before, type === "event" ? { seq, payload: 0 } : { resync: "", seq }]);
      if (problem !== undefined) return `${type} ${seq}, when its state said ${JSON.stringify(ear)}: ${problem}`;
    }
    return undefined;
  }
  const over = words.findIndex(({ type }) => type === "ended" || type === "closed");
  if (over !== -1 && over < words.length - 1) return `it heard ${words[over + 1]?.type} after it was ${words[over]?.type}`;
  const since = chronicle.events("listens").find(({ detail }) => `${detail.by} of ${detail.to}` === key)?.detail.since;
  return eventProblem([
    ...(typeof since === "number" ? [{ resync: "", seq: since }] : []),
    ...words.flatMap(({ type, seq, k, reason }): HeardEvent[] =>
      type === "event" ? [{ seq, payload: k }] : type === "resync" ? [{ resync: reason, seq }] : [],
    ),
  ]);
}

/** The first problem of one of them, given those before. */
function first(
  all: readonly NodeEvent[],
  problemOf: (event: NodeEvent, before: readonly NodeEvent[]) => string | undefined,
): string | undefined {
  for (const [index, event] of all.entries()) {
    const problem = problemOf(event, all.slice(0, index));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** One word is true: the event was emitted with this number, the gap or the end has its reason. */
function wordProblem(life: LifeRecord, event: NodeEvent, before: readonly NodeEvent[], emitted: Cries): string | undefined {
  const { type, seq, k, reason, to } = event.detail as unknown as Heard;
  if (type === "event") {
    const isTrue = emitted.get(seq)?.some((cry) => cry.k === k && cry.atMs <= event.atMs) === true;
    return isTrue ? undefined : `number ${seq} with ${k} was not emitted`;
  }
  if (type === "ended") return hasEnded(life, event, to) ? undefined : `it is told the end (${reason}) of ${to}, which had none`;
  if (type === "closed") return undefined;
  const last = lastBefore(life, event, before);
  const anewMs = life.chronicle.ofActor("childStopped", to, 0, event.atMs).at(-1)?.atMs ?? 0;
  const isSince = (cry: { readonly atMs: number }): boolean => cry.atMs >= anewMs && cry.atMs <= event.atMs;
  const now = [...emitted].filter(([, all]) => all.some(isSince));
  if (reason === "restarted") {
    const isAhead = now.every(([number]) => number < last);
    return isAhead || beganAnew(life, to, event.atMs) ? undefined : `${to} is said to have begun anew, and did not`;
  }
  // What was kept is gone with the life before.
  if (reason === "window" && beganAnew(life, to, event.atMs)) return undefined;
  const missed = now.filter(([number]) => number > last).length;
  const kept = reason === "slow" ? keptForSlow : heraldKeeps;
  return missed > kept ? undefined : `it is said to have missed some (${reason}) after ${last}, and ${missed} were emitted since`;
}

/** The number after which a subscriber went on. */
function lastBefore({ chronicle }: LifeRecord, { detail }: NodeEvent, before: readonly NodeEvent[]): number {
  const { ear, by, to } = detail as unknown as Heard;
  if (ear !== undefined) return ear.last;
  const last = before.findLast(({ detail: { type } }) => type === "event" || type === "resync");
  const began = chronicle.events("listens").find((event) => event.detail.by === by && event.detail.to === to);
  return Number(last?.detail.seq ?? began?.detail.since ?? 0);
}

/** Its herald went on from an earlier state or from `init`, or as one of two. */
function beganAnew({ chronicle }: LifeRecord, id: string, atMs: number): boolean {
  const names = ["childRestarted", "stateLost", "conflict", "childStopped", "childUnregistered"];
  return chronicle.mayOverlap || names.some((name) => chronicle.ofActor(name, id, 0, atMs).length > 0);
}

/** Its herald was gone, or not there; or the hub of who listens closed. */
function hasEnded({ chronicle, presence }: LifeRecord, { node, atMs, detail }: NodeEvent, id: string): boolean {
  if (detail.reason === "HubClosed") {
    const isReplaced = chronicle.events("replaced", 0, atMs).some((event) => event.node === node);
    return isReplaced || chronicle.wasLeaving(node, 0, atMs) || chronicle.firstName(node) !== node;
  }
  if (detail.reason === "NotFound") return presence.wasUnknownTo(node, id, 0, atMs);
  return ["childStopped", "childUnregistered"].some((name) => chronicle.ofActor(name, id, 0, atMs).length > 0);
}
