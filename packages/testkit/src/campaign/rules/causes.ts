/*
 * What several rules take for an explanation: where an actor was at a time, trouble of a node, a node that does not serve.
 * Without it each rule would have its own idea of trouble.
 */
import { nodeOf, type PlaceId } from "@process-hub/protocol";
import type { NodeEvent } from "../chronicle.js";
import type { Failure, Outcome } from "../outcomes.js";
import type { LifeRecord } from "./record.js";

/** A call that failed. */
export type Failed = Outcome & { readonly failure: Failure };

/** True for a place of a node, also by the name that it has when it has taken another one. */
export function isPlaceOf({ chronicle }: LifeRecord, place: PlaceId, node: string): boolean {
  return chronicle.firstName(nodeOf(place)) === chronicle.firstName(node);
}

/** The nodes where an actor was seen, or had last been seen, in a stretch of time. */
export function hostsWithin({ hosts }: LifeRecord, id: string, fromMs: number, toMs: number): readonly string[] {
  const all = hosts.get(id) ?? [];
  const within = all.filter((host, index) => host.atMs <= toMs && (all[index + 1]?.atMs ?? toMs) >= fromMs);
  return [...new Set(within.map(({ node }) => node))];
}

/** True when the actor of a call was on a node in a stretch of time. */
export function seenOn(life: LifeRecord, { ids }: Pick<Outcome, "ids">, node: string, fromMs: number, toMs: number): boolean {
  return ids.some((id) => hostsWithin(life, id, fromMs, toMs).includes(node));
}

/** True when a node was down, slept, left, was cut off from a peer, or lost a thread or had one blocked, in a stretch of time. */
export function troubled({ chronicle }: LifeRecord, node: string, peer: string, fromMs: number, toMs: number): boolean {
  return (
    chronicle.wasDown(node, fromMs, toMs) ||
    chronicle.slept(node, fromMs, toMs) ||
    chronicle.wasLeaving(node, fromMs, toMs) ||
    chronicle.wasCut(node, peer, fromMs, toMs) ||
    chronicle.wasBlocked(node, fromMs, toMs) ||
    chronicle.kills.some((kill) => kill.node === node && kill.atMs >= fromMs && kill.atMs <= toMs)
  );
}

/** True when a node had paused, by its own word, at some moment of a stretch of time. */
export function wasPaused({ chronicle }: LifeRecord, node: string, fromMs: number, toMs: number): boolean {
  const changes = chronicle.events("partitionChanged", 0, toMs).filter((event) => event.node === node);
  if (changes.some(({ atMs, detail }) => detail.partitioned === true && atMs >= fromMs)) return true;
  return changes.findLast(({ atMs }) => atMs <= fromMs)?.detail.partitioned === true;
}

/** True when a node may have lost its right to serve: a node came, died, slept, left or was cut off from it a while ago. */
export function mayPause({ chronicle, settings }: LifeRecord, node: string, fromMs: number, toMs: number): boolean {
  const since = fromMs - settings.deathMs;
  return chronicle.nodes.some(
    (other) =>
      chronicle.opened(other, since, toMs) ||
      chronicle.slept(other, since, toMs) ||
      chronicle.wasDown(other, since, toMs) ||
      chronicle.wasLeaving(other, since, toMs) ||
      chronicle.wasCut(node, other, since, toMs),
  );
}

/** True when the node that an error names did not serve at some moment of the call. */
export function paused(life: LifeRecord, { by = "", fromMs, toMs, failure }: Failed): boolean {
  const node = String(failure.fields.node ?? by);
  // Lost heartbeats let a right to serve run out, and the next ones bring it back.
  if (life.settings.drops && failure.message.includes("right to serve")) return true;
  return wasPaused(life, node, fromMs, toMs) || mayPause(life, node, fromMs, toMs);
}

/** True when some node was on its way out, or was replaced by its namesake, in a stretch of time. */
export function someClosed({ chronicle }: LifeRecord, fromMs: number, toMs: number): boolean {
  return (
    chronicle.nodes.some((node) => chronicle.wasLeaving(node, fromMs, toMs)) ||
    chronicle.events("replaced", fromMs, toMs).length > 0
  );
}

/** The moves of an actor that were under way at some moment of a stretch of time: by what nodes said as they began, and as it arrived. */
export function movesOf({ chronicle, settings }: LifeRecord, id: string, fromMs: number, toMs: number): readonly NodeEvent[] {
  const concerns = ({ detail }: NodeEvent): boolean => (detail.ids as readonly string[]).includes(id);
  const arrivals = chronicle.events("childrenMoved").filter(concerns);
  return chronicle
    .events("childrenMoving", 0, toMs)
    .filter(concerns)
    .filter(({ node, atMs, detail }) => {
      const arrival = arrivals.find((one) => one.node === node && one.detail.to === detail.to && one.atMs >= atMs);
      // One that fails, or is lost with its target, says no more. It may have waited for room before.
      return arrival === undefined ? atMs >= fromMs - 2 * settings.handoffTimeoutMs : arrival.atMs >= fromMs - settings.newsMs;
    });
}

/** True when an actor was moving to a node at some moment of a stretch of time: by a call, or as nodes came and went. */
export function wasOnItsWay(life: LifeRecord, id: string, node: string, fromMs: number, toMs: number): boolean {
  const { calls, settings } = life;
  const goes = (call: Outcome): boolean =>
    (call.kind === "move" || call.kind === "moveAll") && call.ids.includes(id) && (call.to ?? node) === node;
  // A move whose caller is told that it failed may go on for a while.
  const endMs = (call: Outcome): number => call.toMs + (call.failure === undefined ? 0 : settings.handoffTimeoutMs);
  if (calls.some((call) => goes(call) && call.fromMs <= toMs && endMs(call) >= fromMs)) return true;
  return movesOf(life, id, fromMs, toMs).some(({ detail }) => detail.to === node);
}

/** True when the actor of an event ended or began anew after it, or its place was lost. */
export function lifeEnded(life: LifeRecord, { atMs, node, detail }: NodeEvent): boolean {
  const { chronicle } = life;
  const names = ["childStopped", "childUnregistered", "childRestarted", "stateLost", "conflict"];
  if (names.some((name) => chronicle.ofActor(name, String(detail.id), atMs).length > 0)) return true;
  const forever = Number.POSITIVE_INFINITY;
  return [node, ...hostsWithin(life, String(detail.id), atMs, forever)].some(
    (one) => chronicle.wasDown(one, atMs, forever) || chronicle.kills.some((kill) => kill.node === one && kill.atMs >= atMs),
  );
}

/** True when two lives of an actor may have run, one after the other from one state, or side by side. */
export function mayRepeat({ chronicle }: LifeRecord, id: string): boolean {
  const names = ["childRestarted", "childUnregistered", "stateLost"];
  return chronicle.mayOverlap || names.some((name) => chronicle.ofActor(name, id).length > 0);
}
