/*
 * Judges every restart of an actor, and every loss of a state: what an actor was started again for must have happened, to it, before.
 * Without it an actor could lose its state for nothing, and the life would only count one restart more.
 */
import type { Kill, NodeEvent } from "../chronicle.js";
import type { Host } from "../hosts.js";
import { isPlaceOf, wasOnItsWay, wasPaused } from "./causes.js";
import type { LifeRecord } from "./record.js";

/** The messages of the campaign's actors whose handlers throw, with what they throw. */
const throws: ReadonlyMap<string, string> = new Map([
  ["RangeError: as asked", "fail"],
  ["RangeError: dry", "dry"],
  ["RangeError: badly", "waitBadly"],
]);

/** Each restart follows a throw of the actor, the death of a thread where it was, or the loss of a node where it was. */
export function judgeRestarts(life: LifeRecord): string[] {
  const used = new Set<unknown>();
  return life.chronicle.events("childRestarted").flatMap((event) => {
    if (isExplained(life, event, used)) return [];
    return [
      `${event.node} starts ${event.detail.id} again at ${life.atMs(event.atMs)} (${event.detail.cause}): nothing that happened to it explains that`,
    ];
  });
}

/**
 * Each lost state follows the death of a thread or the loss of a node where its actor was or was on its way to, or a cold swap that carries
 * none. Those with a cause are told as restarts too.
 */
export function judgeLostStates(life: LifeRecord): string[] {
  return life.chronicle.events("stateLost").flatMap((event) => {
    if (event.detail.cause !== undefined || wasSwapped(life, event) || isExplained(life, event, new Set())) return [];
    return [
      `P8: the state of ${event.detail.id} is lost on ${event.node} at ${life.atMs(event.atMs)}: nothing that happened to it explains that`,
    ];
  });
}

/** True for an actor that goes on elsewhere since its node or thread was lost, or paused, or since it was swapped without its state. */
export function lostItsPlace(life: LifeRecord, event: NodeEvent): boolean {
  return lostNode(life, event) || lostThread(life, event, "") || wasSwapped(life, event);
}

function isExplained(life: LifeRecord, event: NodeEvent, used: Set<unknown>): boolean {
  const { cause, id } = event.detail;
  const name = throws.get(String(cause));
  if (name !== undefined) return !life.settings.resumes && threw(life, event, name, used);
  // A handler threw what its hub had refused as it closed.
  if (String(cause).startsWith("HubClosed")) {
    const isReplaced = life.chronicle.events("replaced", 0, event.atMs).some(({ node }) => node === event.node);
    if (isReplaced || life.chronicle.wasLeaving(event.node, event.atMs, event.atMs)) return true;
  }
  if (String(cause).startsWith("ThreadExited")) return lostThread(life, event, String(cause));
  if (lostNode(life, event) || lostThread(life, event, String(cause))) return true;
  // Its start failed for a while: the cause is that of the last try.
  const failing = life.chronicle.ofActor("startFailing", String(id), 0, event.atMs)[0];
  return failing !== undefined && life.chronicle.startTroubles.some((atMs) => atMs <= failing.atMs);
}

/** One message that makes it throw explains one restart on its node. */
function threw(life: LifeRecord, { node, atMs, detail }: NodeEvent, name: string, used: Set<unknown>): boolean {
  const one = life.events.find(
    (event) =>
      event.kind === "handling" &&
      event.atMs <= atMs &&
      event.message.name === name &&
      event.message.to === detail.id &&
      isPlaceOf(life, event.place, node) &&
      !used.has(event),
  );
  if (one !== undefined) used.add(one);
  return one !== undefined;
}

/** A thread that was killed, on which it had been seen since its last restart, or to which it was on its way. */
function lostThread(life: LifeRecord, event: NodeEvent, cause: string): boolean {
  const [, thread, node] = /thread (\d+) of node ([^ ]+)/.exec(cause) ?? [];
  const since = lives(life, event);
  const stayed = (kill: Kill): boolean =>
    since.some(
      (host, index) =>
        host.node === kill.node &&
        host.atMs <= kill.atMs &&
        // A duplicate is seen elsewhere, and this one stays where it was.
        (life.chronicle.mayOverlap || kill.atMs <= (since[index + 1]?.atMs ?? event.atMs)),
    );
  return life.chronicle.kills.some(
    (kill) =>
      kill.atMs <= event.atMs &&
      (thread === undefined || (kill.thread === Number(thread) && kill.node === node)) &&
      // Where several replicas serve, the places of those beside the actor are not known.
      (life.chronicle.several || stayed(kill) || wasOnItsWay(life, String(event.detail.id), kill.node, kill.atMs, kill.atMs)),
  );
}

/** Its host had let it go by itself, since it belonged elsewhere, perhaps before the node that it came from said that it had arrived. */
function wasSwapped(life: LifeRecord, event: NodeEvent): boolean {
  const last = lives(life, event).at(-1);
  if (!life.settings.swaps || last === undefined) return false;
  const gone = life.chronicle.ofActor("childUnregistered", String(event.detail.id), last.atMs - life.settings.newsMs, event.atMs);
  return gone.some(({ node }) => node === last.node);
}

/** A node that some node gave up after the actor was seen there, or on its way there; or one that paused, and so ended it. */
function lostNode(life: LifeRecord, event: NodeEvent): boolean {
  const { chronicle, settings } = life;
  const id = String(event.detail.id);
  const since = lives(life, event);
  const wasThere = (node: unknown, atMs: number): boolean => since.some((host) => host.node === node && atMs >= host.atMs);
  const changes = chronicle.events("partitionChanged", 0, event.atMs);
  const pauses = changes.filter(({ detail }) => detail.partitioned === true);
  // What arrives while a node pauses ends there as well.
  const untilMs = (pause: NodeEvent): number =>
    changes.find(({ node, atMs, detail }) => node === pause.node && atMs >= pause.atMs && detail.partitioned !== true)?.atMs ??
    event.atMs;
  if (pauses.some((pause) => wasThere(pause.node, pause.atMs) || wasOnItsWay(life, id, pause.node, pause.atMs, untilMs(pause))))
    return true;
  // It was handed over to a node that had paused, or was about to.
  const arrivals = since.filter(({ node, atMs }) => wasPaused(life, node, atMs - settings.handoffTimeoutMs, atMs));
  if (arrivals.some(({ node, atMs }) => wasOnItsWay(life, id, node, atMs, atMs))) return true;
  // Its start ended in a pause, and its node let it go at once.
  const letGo = ({ node, atMs }: Host): boolean =>
    chronicle.ofActor("childUnregistered", id, atMs, event.atMs).some((gone) => gone.node === node);
  if (since.some((host) => wasPaused(life, host.node, host.atMs, host.atMs) && letGo(host))) return true;
  return chronicle.events("memberLeft", 0, event.atMs).some(({ atMs, detail, node: by }) => {
    const node = String(detail.node);
    // Who gave it up took the actor for one of its own.
    if (chronicle.ofActor("childUnregistered", id, atMs - 1, atMs + 1).some((gone) => gone.node === by)) return true;
    // It died up to so much before it was given up.
    return wasThere(node, atMs) || wasOnItsWay(life, id, node, atMs - settings.deathMs, atMs);
  });
}

/** Where the actor was seen since its last restart; from the beginning where a cut or a freeze may have made two lives of it. */
function lives({ chronicle, hosts }: LifeRecord, { atMs, detail }: NodeEvent): readonly Host[] {
  const id = String(detail.id);
  const before = (hosts.get(id) ?? []).filter((host) => host.atMs < atMs);
  if (chronicle.mayOverlap) return before;
  const last = chronicle.ofActor("childRestarted", id, 0, atMs).findLast((other) => other.atMs < atMs);
  const from = before.findLastIndex((host) => host.atMs <= (last?.atMs ?? 0));
  return before.slice(Math.max(0, from));
}
