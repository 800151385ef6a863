/*
 * Judges what a start of several actors says it rolled back.
 * Without it a caller could be told that nothing runs, while actors run.
 */
import type { Outcome } from "../outcomes.js";
import { hostsWithin, troubled, wasPaused } from "./causes.js";
import type { LifeRecord } from "./record.js";

/** An actor that runs at rest, and when its lineage began. */
export interface AtRest {
  readonly id: string;
  readonly node: string;
  readonly bornAtMs: number;
}

/** What a start says. */
interface StartOutcome {
  readonly rolledBack: boolean;
  readonly errors: readonly { readonly id: string }[];
}

/** How long after its call has failed a start may yet take place, and be undone. */
const lateMs = 30_000;

/** After a rollback no actor runs whose life began with that call, unless another call started it. */
export function judgeBatches(life: LifeRecord, running: readonly AtRest[]): string[] {
  return life.outcomes.flatMap((call) => {
    const said = call.value as StartOutcome | undefined;
    const isAborted = call.failure?.code === "AbortError" && call.rollsBack === true;
    if (call.kind !== "batch" || !(said?.rolledBack === true || isAborted)) return [];
    const refused = new Set(said?.errors.map(({ id }) => id));
    const untilMs = isAborted ? call.toMs + lateMs : call.toMs;
    const others = life.calls.filter((one) => one !== call && (one.kind === "start" || one.kind === "batch"));
    // A start that failed, or did not wait, may yet have taken place.
    const endMs = (one: Outcome): number => one.toMs + (one.failure === undefined && one.kind === "start" ? 0 : lateMs);
    return running.flatMap(({ id, node, bornAtMs }) => {
      const mine = call.ids.includes(id) && !refused.has(id) && bornAtMs >= call.fromMs && bornAtMs <= untilMs;
      const theirs = others.some((one) => one.ids.includes(id) && one.fromMs <= bornAtMs && endMs(one) >= bornAtMs);
      if (!mine || theirs || wasFounded(life, id, bornAtMs) || wasReplaced(life, call)) return [];
      if (isAborted && (wasKept(life, call, id, untilMs) || leftUnanswered(life, call, bornAtMs, untilMs))) return [];
      const how = isAborted ? "aborted" : "rolled back";
      return [`${call.what}, was ${how}; ${id}, which it started at ${life.atMs(bornAtMs)}, runs on ${node}`];
    });
  });
}

/** True when the caller of an aborted batch could not undo a start: it, or the actor's node, was in trouble or did not serve. */
function wasKept(life: LifeRecord, { by = "", fromMs }: Outcome, id: string, toMs: number): boolean {
  return hostsWithin(life, id, fromMs, toMs).some((host) =>
    [
      [by, host],
      [host, by],
    ].some(([node = "", peer = ""]) => troubled(life, node, peer, fromMs, toMs) || wasPaused(life, node, fromMs, toMs)),
  );
}

/** True when another process took the place of the caller's while that stood still: what it rolls back on waking has ended there alone. */
function wasReplaced({ chronicle }: LifeRecord, { by = "", fromMs, toMs }: Outcome): boolean {
  return chronicle.slept(by, fromMs, toMs) && chronicle.openings(by).some((atMs) => atMs > fromMs && atMs <= toMs);
}

/** True when a node was on its way out as the actor began, and the caller saw it leave: it may have passed the start on, and not answered. */
function leftUnanswered({ chronicle }: LifeRecord, { by, fromMs }: Outcome, bornAtMs: number, toMs: number): boolean {
  return chronicle
    .events("memberLeft", fromMs, toMs)
    .some((event) => event.node === by && chronicle.wasLeaving(String(event.detail.node), bornAtMs, bornAtMs));
}

/** True when a handler may have started the actor just then. */
function wasFounded({ events }: LifeRecord, id: string, bornAtMs: number): boolean {
  return events.some(
    (event) =>
      event.kind === "handling" &&
      event.atMs <= bornAtMs &&
      event.message.name === "found" &&
      (event.message.input as { readonly to?: string }).to === id &&
      bornAtMs - event.atMs < lateMs,
  );
}
