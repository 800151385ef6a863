/*
 * Judges what readers had of streams: the right items, each once and in order; a cut that says how many came, and has a cause; and that generators end.
 * Without it a reader could miss an item, or a generator go on for nobody, and no life would see it.
 */
import { streamWindow } from "@process-hub/protocol";
import type { Failure, Outcome } from "../outcomes.js";
import type { Reading } from "../talks/reading.js";
import { isExplained } from "./asks.js";
import { type Failed, hostsWithin, movesOf, someClosed, troubled, wasPaused } from "./causes.js";
import type { LifeRecord } from "./record.js";

/** A generator by its own words. */
interface Generator {
  readonly id: string;
  readonly node: string;
  readonly begunMs: number;
  /** What it said as it ended; undefined: it has not. */
  end?: { readonly atMs: number; readonly made: number; readonly why: string };
}

type StreamCall = Outcome & { readonly value: Reading };

/** Each stream came as its reader says it should, or was cut for a reason; and each generator ended. */
export function judgeStreams(life: LifeRecord): string[] {
  const generators = generatorsOf(life);
  const isRead = (call: Outcome): call is StreamCall =>
    (call.kind === "stream" || call.kind === "draw") && call.value !== undefined;
  const calls = life.outcomes.filter(isRead);
  const problems = calls.flatMap((call) => {
    const problem = itemsProblem(call.value) ?? endProblem(life, call) ?? paceProblem(call.value, generators);
    return problem === undefined ? [] : [`${call.what}, ended at ${life.atMs(call.toMs)}: ${problem}`];
  });
  for (const [n, one] of generators) {
    if (one.end === undefined && !lostGenerator(life, one))
      problems.push(`stream ${n} of ${one.id} began on ${one.node} at ${life.atMs(one.begunMs)}, and its generator never ended`);
  }
  return problems;
}

function itemsProblem({ from, to, got }: Reading): string | undefined {
  const wrong = got.findIndex((item, index) => item !== from + index);
  if (wrong !== -1) return `item ${wrong} is ${got[wrong]}, and should be ${from + wrong}`;
  return got.length > to - from ? `it had ${got.length} items of ${to - from}` : undefined;
}

function endProblem(life: LifeRecord, call: StreamCall): string | undefined {
  const { stream, from, to, got, end } = call.value;
  if (end === "broken") return undefined;
  const isAll = got.length === to - from;
  if (end === "whole")
    return stream === "flow" && isAll ? undefined : `it ended as whole after ${got.length} items of ${to - from}`;
  if (end.code === "RangeError" && end.message === "reads no more") return undefined;
  if (end.message === "dry") return stream === "dry" && isAll ? undefined : `it threw after ${got.length} items of ${to - from}`;
  const failed: Failed = { ...call, failure: end };
  // The reader's own place is gone, or its time was over: what comes then is not told.
  if (end.code === "NodeDown" && end.fields.node === call.by && isExplained(life, failed)) return undefined;
  if (call.kind === "draw") return end.code === "StreamCut" ? countProblem(call.value) : undefined;
  if (end.code === "StreamCut") {
    return countProblem(call.value) ?? (wasCut(life, failed) ? undefined : `nothing that happened explains ${said(end)}`);
  }
  if (got.length > 0) return `it failed after ${got.length} items with ${said(end)}`;
  return isExplained(life, failed) ? undefined : `nothing that happened explains ${said(end)}`;
}

/** A cut says how many items came. */
function countProblem({ end, got }: Reading): string | undefined {
  const items = typeof end === "string" ? got.length : end.fields.items;
  return items === got.length ? undefined : `it was cut, by its word after ${items} items, and had ${got.length}`;
}

/** A generator runs no further ahead than its reader has room. */
function paceProblem({ n, from, got, end }: Reading, generators: ReadonlyMap<number, Generator>): string | undefined {
  const made = generators.get(n)?.end?.made;
  if (made === undefined) return undefined;
  // One may be drawn as it is ended, and is not sent.
  const ahead = made - from - got.length;
  if (ahead > streamWindow + 1) return `its generator was ${ahead} items ahead`;
  return ahead < 0 || (end === "whole" && ahead > 0)
    ? `its generator made ${made - from} items, and ${got.length} came`
    : undefined;
}

/** Its actor moved, ended, began anew or met its duplicate, or was in trouble, as its reader was; or one of their nodes closed. */
function wasCut(life: LifeRecord, { by = "", ids: [id = ""], fromMs, toMs }: Failed): boolean {
  const { chronicle, settings } = life;
  if (movesOf(life, id, fromMs, toMs).length > 0 || someClosed(life, fromMs, toMs)) return true;
  const ends = ["childStopped", "childUnregistered", "childRestarted", "conflict", "stateLost"];
  // One that stops itself is over when its last handler is.
  if (ends.some((name) => chronicle.ofActor(name, id, fromMs, toMs + settings.handoffTimeoutMs).length > 0)) return true;
  const since = fromMs - settings.deathMs;
  const places = [by, ...hostsWithin(life, id, since, toMs)];
  return places.some((node) => troubled(life, node, by, since, toMs) || wasPaused(life, node, since, toMs));
}

function generatorsOf({ chronicle }: LifeRecord): Map<number, Generator> {
  const all = new Map<number, Generator>();
  for (const { node, atMs, detail } of chronicle.events("flowBegun"))
    all.set(Number(detail.n), { id: String(detail.id), node, begunMs: atMs });
  for (const { atMs, detail } of chronicle.events("flowEnded")) {
    const one = all.get(Number(detail.n));
    if (one !== undefined) one.end = { atMs, made: Number(detail.made), why: String(detail.why) };
  }
  return all;
}

/** The memory that it ran in is gone, or what it waited for was. */
function lostGenerator({ chronicle }: LifeRecord, { node, begunMs }: Generator): boolean {
  const isLost =
    chronicle.wasDown(node, begunMs, Number.POSITIVE_INFINITY) || chronicle.wasLeaving(node, begunMs, Number.POSITIVE_INFINITY);
  return isLost || chronicle.kills.some((kill) => kill.node === node && kill.atMs >= begunMs);
}

function said({ code, message }: Failure): string {
  return `${code}: ${message}`;
}
