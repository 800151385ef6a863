/*
 * Judges every end of an actor: somebody ended it, or what ended it had happened before.
 * Without it an actor could end for nothing, and the life would only miss it.
 */
import type { DrainResult } from "@process-hub/cluster";
import type { NodeEvent } from "../chronicle.js";
import { guestIdleMs } from "../guest.actor.js";
import type { Outcome } from "../outcomes.js";
import { isPlaceOf } from "./causes.js";
import type { LifeRecord } from "./record.js";

/** Each end follows a stop, a message that has the actor stop itself, a leave of its node, or an end of its other life. */
export function judgeEnds(life: LifeRecord): string[] {
  const used = new Set<unknown>();
  return life.chronicle.events("childStopped").flatMap((event) => {
    if (isExplained(life, event, used)) return [];
    const { id, reason, error } = event.detail;
    return [
      `${id} ends on ${event.node} at ${life.atMs(event.atMs)} (${reason}${error === undefined ? "" : `, ${error}`}): nobody ended it`,
    ];
  });
}

/** Each actor that a call started, and that neither runs at rest nor waits for a node that may run it, has ended since: a permanent actor is never dropped. */
export function judgeVanished(life: LifeRecord, isThere: (id: string) => boolean): string[] {
  const { chronicle, outcomes } = life;
  const started = new Map<string, Outcome>();
  for (const call of outcomes) {
    if (call.failure !== undefined || (call.kind !== "start" && call.kind !== "batch")) continue;
    const ids = call.kind === "start" ? call.ids : (call.value as { readonly ids: readonly string[] }).ids;
    for (const id of ids) if ((started.get(id)?.fromMs ?? 0) < call.fromMs) started.set(id, call);
  }
  return [...started].flatMap(([id, call]) => {
    // One that may run on named nodes only ends with the last of them.
    const mayShutDown = outcomes.some(({ pinned }) => pinned?.includes(id));
    const stops = chronicle.ofActor("childStopped", id, call.fromMs);
    const stopped = stops.some(({ detail }) => mayShutDown || detail.reason !== "shutdown");
    // Each node forgets a temporary actor by itself when its node dies.
    const forgotten =
      outcomes.some(({ mayEnd }) => mayEnd?.includes(id)) && chronicle.ofActor("childUnregistered", id).length > 0;
    const end = stopped || forgotten || diedUnheard(life, id, call);
    return isThere(id) || end ? [] : [`${id} does not run at rest, and nothing ended it: ${call.what}`];
  });
}

/** True when the node that started it ran it itself, and crashed, or was cut off and left, before another node could hear of it: the word of it died with that node. */
function diedUnheard({ chronicle, settings: { newsMs } }: LifeRecord, id: string, { by = "", fromMs }: Outcome): boolean {
  const [first, ...others] = chronicle.ofActor("childRegistered", id, fromMs);
  const [host] = (first?.detail.replicas ?? []) as readonly { readonly node: string }[];
  if (first?.node !== by || host?.node !== by || others.some(({ node }) => node !== by)) return false;
  const untilMs = first.atMs + newsMs;
  const wasAlone = chronicle.nodes.some((other) => chronicle.wasCut(by, other, first.atMs, untilMs));
  return (
    chronicle.wasDown(by, first.atMs, untilMs) || (wasAlone && chronicle.wasLeaving(by, first.atMs, Number.POSITIVE_INFINITY))
  );
}

/** The reason, when it is that the parent of a linked actor is gone. */
function parentGone(reason: unknown): unknown {
  return /^its parent \S+ is gone$/.test(String(reason)) ? reason : undefined;
}

function isExplained(life: LifeRecord, event: NodeEvent, used: Set<unknown>): boolean {
  const { node, atMs, detail } = event;
  const { chronicle } = life;
  const id = String(detail.id);
  switch (detail.reason) {
    case "stop":
      // A replica that stops itself ends the actor.
      if (chronicle.several && retired(life, event, used)) return true;
      // A node that takes another name has its own actor by that.
      if (id === `warden@${node}` && chronicle.wasLeaving(node, atMs, atMs)) return true;
      return life.calls.some((call) => call.fromMs <= atMs && mayStop(call, event));
    case "idle":
      return wasIdle(life, event);
    case "as asked":
      return retired(life, event, used);
    case "shutdown":
      // One that another process has replaced was on its way out, or learns that it is over.
      return (
        event.replaced === true ||
        chronicle.wasLeaving(node, atMs, atMs) ||
        chronicle.events("replaced", 0, atMs).some((other) => other.node === node)
      );
    case "ended elsewhere":
      return chronicle.ofActor("childStopped", id, 0, atMs).some((other) => other.node !== node || other.atMs < atMs);
    case parentGone(detail.reason):
      return ["childStopped", "childUnregistered"].some(
        (name) => chronicle.ofActor(name, String(detail.reason).split(" ")[2] ?? "", 0, atMs).length > 0,
      );
    case "not restarted":
    case "crashed":
      // A temporary or transient one ends by what has others start again.
      return life.calls.some((call) => call.mayEnd?.includes(id) === true && call.fromMs <= atMs);
    default:
      return false;
  }
}

/**
 * A stop ends what it stops before it is done, one that fails perhaps later; a batch, what it rolls back; a drain by force, what it names, and
 * later what was in a thread that did not answer.
 */
function mayStop({ kind, ids, by, toMs, failure, value, rollsBack }: Outcome, { node, atMs, detail }: NodeEvent): boolean {
  const id = String(detail.id);
  if (kind === "drain") {
    if (by !== node) return false;
    const { ended = [], errors = [] } = (value ?? {}) as Partial<DrainResult>;
    if (errors.some((one) => one.id === id && one.error.message.includes("the stop may still take place"))) return true;
    return toMs >= atMs && (failure !== undefined || ended.includes(id));
  }
  if (!ids.includes(id)) return false;
  // The word of the end may come to the node a moment after the answer to its call: they go different ways.
  if (kind === "stop") return failure !== undefined || toMs + 1 >= atMs;
  if (kind !== "batch" || rollsBack !== true) return false;
  return failure !== undefined || (value as { readonly status: string }).status === "error";
}

/** It handled nothing where it ended for as long as a guest waits. A clock may be fast by a hundredth. */
function wasIdle({ events }: LifeRecord, { node, atMs, detail }: NodeEvent): boolean {
  const last = events.findLast(
    (event) =>
      event.kind === "handling" && event.atMs <= atMs && event.message.to === detail.id && event.place.startsWith(`${node}@`),
  );
  return atMs - (last?.atMs ?? 0) >= 0.98 * guestIdleMs;
}

/** One message that has it stop itself explains one end on its node. */
function retired(life: LifeRecord, { node, atMs, detail }: NodeEvent, used: Set<unknown>): boolean {
  const one = life.events.find(
    (event) =>
      event.kind === "handling" &&
      event.atMs <= atMs &&
      event.message.name === "retire" &&
      event.message.to === detail.id &&
      (life.chronicle.several || isPlaceOf(life, event.place, node)) &&
      !used.has(event),
  );
  if (one !== undefined) used.add(one);
  return one !== undefined;
}
