/*
 * Judges why an ask had no answer in time: a short patience, an actor that was busy or had no place, or trouble on the way.
 * Without it an ask that waits for nothing until its time is over would pass as slow.
 */
import { gather } from "@process-hub/protocol";
import type { HistoryEvent } from "../../history.js";
import { relayMs } from "../talks/desk.actor.js";
import { type Failed, hostsWithin, mayPause, movesOf, troubled, wasPaused } from "./causes.js";
import type { LifeRecord } from "./record.js";

type Handling = Extract<HistoryEvent, { readonly kind: "handling" }>;

/** The longest that an `init` takes, and what comes of that is told. */
const longestInitMs = 15_000;

/** The messages whose handlers wait for others, and how long at most. */
const waits: ReadonlyMap<string, number> = new Map([
  ["consult", 2_000],
  ["found", 5_000],
  ["dwell", 6_000],
  ["compute", 5_000],
  ["draw", 5_000],
  ["relay", relayMs],
  ["hammer", 1_500],
  ["errand", 3_000],
  ["raise", 5_000],
  ["polish", 1_500],
]);

/** True when an ask was not answered in time for a reason. */
export function askTimedOut(life: LifeRecord, ask: Failed): boolean {
  const { chronicle, settings, presence } = life;
  const {
    by = "",
    ids: [id = ""],
    fromMs,
    toMs,
  } = ask;
  const timeoutMs = Number(ask.failure.fields.timeoutMs);
  // A clock may be fast by a hundredth.
  if (toMs - fromMs < timeoutMs * 0.98 - 1) return false;
  // There and back, by way of a place that the actor has left and of another that looks it up; and once more where datagrams are lost.
  if (timeoutMs <= 6 * settings.delayMs + (settings.drops ? settings.newsMs : 0)) return true;
  const since = fromMs - settings.deathMs;
  const places = [by, ...hostsWithin(life, id, since, toMs)];
  if (places.some((node) => troubled(life, node, by, since, toMs) || wasPaused(life, node, since, toMs))) return true;
  // A node whose right to serve has run out handles nothing, for a while before it says that it pauses, and also what its own users ask.
  if (chronicle.counts && places.some((node) => mayPause(life, node, fromMs, toMs))) return true;
  if (presence.wasUnknownTo(by, id, since, toMs)) return true;
  if (timeoutMs < settings.handoffTimeoutMs && movesOf(life, id, since, toMs).length > 0) return true;
  // It may have been starting all the time.
  if (chronicle.startTroubles.some((atMs) => atMs <= toMs)) {
    if (chronicle.ofActor("startFailing", id, since, toMs).length > 0) return true;
    // It began anew after a throw, which is told when it has begun.
    if (chronicle.ofActor("childRestarted", id, fromMs, toMs + longestInitMs).length > 0) return true;
  }
  // The actor's standby, or that of one which it asked, may have been in a thread that computed.
  if (settings.acknowledges && chronicle.nodes.some((node) => chronicle.wasBlocked(node, fromMs, toMs))) return true;
  return busyMs(life, id, fromMs, toMs) >= timeoutMs / 4;
}

/** How long an actor's handlers waited for others in a stretch of time; where several replicas serve, those of the one that waited longest. */
function busyMs({ events, chronicle }: LifeRecord, id: string, fromMs: number, toMs: number): number {
  const rows = new Map<string, Handling[]>();
  for (const event of events)
    if (event.kind === "handling" && event.message.to === id) gather(rows, chronicle.several ? event.place : "", event);
  const busy = [...rows.values()].map((row) =>
    row.reduce((sum, turn, index) => {
      const longest = waits.get(turn.message.name);
      if (longest === undefined) return sum;
      const endMs = Math.min(row[index + 1]?.atMs ?? toMs, turn.atMs + longest, toMs);
      return sum + Math.max(0, endMs - Math.max(turn.atMs, fromMs));
    }, 0),
  );
  return Math.max(0, ...busy);
}
