/*
 * Checks half of promise P6: an actor that has ended does not come back by itself.
 * Without it a node that was away could revive an actor that others stopped.
 */
import { gather, type Life, lineageOf } from "@process-hub/protocol";
import type { History, HistoryEvent } from "../history.js";

/** The running actors and the history that the check reads, as a `Simulation` has them. */
export interface Survivors {
  readonly history: Pick<History, "events" | "bornAtMs">;
  cells(): readonly { readonly place: string; readonly cell: { readonly id: string; readonly life: Life } }[];
}

/** Reasons of an end after which other nodes may start the actor again. */
const mayGoOn = ["shutdown", "not restarted", "ended elsewhere"];

/**
 * P6: nothing removed comes back. An actor that has ended runs again only when a user started it again: no life of a lineage from before is
 * left. An end is one of its lineage, where the history knows which, and not of an earlier one that its node had a record of. It counts once a node knows it that lives on: one that only its own node
 * knew dies with that node, or as another process replaces it. What ends on a paused node has ended there alone. A node that slept when the
 * lineage began may still end, soon after it wakes, what a user asked it to stop before.
 */
export function checkRemoved(sim: Survivors): string[] {
  const { events } = sim.history;
  // A replica's life is its own, and its end may be that of its actor.
  const several = events.some(({ kind }) => kind === "replicas");
  const ends = new Map<string, End[]>();
  for (const [index, event] of events.entries()) {
    if (event.kind !== "event" || event.name !== "childStopped") continue;
    const { id, reason } = event.detail as { readonly id: string; readonly reason: string };
    const { atMs, node, replaced = false } = event;
    const { lineage, epoch } = several ? {} : event;
    if (!mayGoOn.includes(reason)) gather(ends, id, { id, index, atMs, node, replaced, lineage, epoch });
  }
  return sim.cells().flatMap(({ place, cell: { id, life } }) => {
    const beganAtMs = sim.history.bornAtMs(lineageOf(life));
    // Seldom asked for: it reads the whole history.
    const firstEpoch = (): number => firstEpochOf(events, id, beganAtMs);
    const isOfIt = ({ lineage, epoch }: End): boolean =>
      lineage === undefined ? epoch === undefined || epoch >= firstEpoch() : lineage === lineageOf(life);
    const counts = (one: End): boolean =>
      !diedUnheard(events, one) && !endedInPause(events, one) && !askedInSleep(events, one, beganAtMs);
    const end = ends.get(id)?.findLast((one) => isOfIt(one) && one.atMs > beganAtMs && counts(one));
    if (end !== undefined && hadSuccessor(events, end, beganAtMs)) return [];
    if (end === undefined) return [];
    return [`P6: ${id} ended ${(end.atMs - beganAtMs).toFixed(2)} ms after it was born, and runs at ${place} all the same`];
  });
}

/** How long a process that has heard that it was replaced takes to end. */
const replacedMs = 500;

/** How long a stop waits for the handler in hand. */
const stopTimeoutMs = 5_000;

/** The end of an actor, at its place in a history. */
interface End {
  readonly id: string;
  readonly index: number;
  readonly atMs: number;
  /** The node that ended it. */
  readonly node: string;
  /** True when another process had replaced that one. */
  readonly replaced: boolean;
  /** The lineage that ended, where it is known. */
  readonly lineage: string | undefined;
  /** The epoch of the record that its node went by, where it had no cell. */
  readonly epoch: number | undefined;
}

/** The epoch with which a lineage that began at an instant was recorded first, by its own node. */
function firstEpochOf(history: readonly HistoryEvent[], id: string, beganAtMs: number): number {
  for (const event of history) {
    if (event.kind !== "event" || event.name !== "childRegistered" || event.atMs < beganAtMs) continue;
    const detail = event.detail as {
      readonly id: string;
      readonly replicas: readonly { readonly node: string; epoch: number }[];
    };
    const [first] = detail.replicas;
    if (detail.id === id && first?.node === event.node) return first.epoch;
  }
  return 0;
}

/** True when a node left, after what is at an index, that had lost all members by then and met none again: it could tell nobody. */
function leftAlone(history: readonly HistoryEvent[], index: number, node: string): boolean {
  const restarts = history.findIndex((event, at) => at > index && event.kind === "fault" && event.what === `restart ${node}`);
  const life = history.slice(0, restarts === -1 ? undefined : restarts);
  if (!life.some((event) => event.kind === "fault" && event.what === `leave ${node}`)) return false;
  const members = new Set<string>();
  for (const event of life) {
    if (event.kind !== "event" || event.node !== node) continue;
    const { node: member } = event.detail as { readonly node: string };
    if (event.name === "memberJoined") members.add(member);
    if (event.name === "memberLeft") members.delete(member);
  }
  return members.size === 0;
}

/**
 * True when the node of an end crashed, left alone, or had been replaced, and no other node that had heard of the end lived on. A node that hears of it
 * takes the actor off its registry, before it gives the node of the end up.
 */
function diedUnheard(history: readonly HistoryEvent[], { id, index, atMs, node, replaced }: End): boolean {
  const heard = new Set<string>();
  const gaveUpAtMs = new Map<string, number>();
  const later = history.slice(index + 1);
  // Those that knew the next life of its name by then hear nothing of the one before.
  const since = replaced ? lastIndexOf(history, index, `namesake of ${node}`) : index + 1;
  for (const event of history.slice(since)) {
    if (event.kind !== "event" || event.name !== "memberLeft" || gaveUpAtMs.has(event.node)) continue;
    if ((event.detail as { readonly node: string }).node === node) gaveUpAtMs.set(event.node, event.atMs);
  }
  const isReplaced = (event: HistoryEvent): boolean => event.kind === "event" && event.name === "replaced" && event.node === node;
  // It may have heard that it was replaced just before.
  const justReplaced = history.slice(0, index).some((event) => isReplaced(event) && atMs - event.atMs < replacedMs);
  let crashed = replaced || justReplaced || leftAlone(history, index, node);
  /** Those that began since, or have another name by now: what they take off their registries later is of a later life. */
  const begunSince = new Set<string>();
  for (const event of later) {
    if (event.kind === "fault") {
      if (/^(join|restart|rename) /.test(event.what)) begunSince.add(event.what.split(" ").at(-1) ?? "");
      // It had left in peace, and told the others before.
      if (event.what === `restart ${node}` && !crashed) return false;
      if (event.what === `crash ${node}`) crashed = true;
      if (event.what.startsWith("crash ")) heard.delete(event.what.slice("crash ".length));
    } else if (isReplaced(event)) {
      crashed = true;
    } else if (
      event.kind === "event" &&
      event.name === "childUnregistered" &&
      event.node !== node &&
      !begunSince.has(event.node)
    ) {
      const isOfIt = (event.detail as { readonly id: string }).id === id;
      // To give a node up takes all that it hosted off the registry, in the same instant.
      const gaveUp = event.atMs >= (gaveUpAtMs.get(event.node) ?? Number.POSITIVE_INFINITY);
      if (isOfIt && !gaveUp) heard.add(event.node);
    }
  }
  return crashed && heard.size === 0;
}

function lastIndexOf(history: readonly HistoryEvent[], before: number, fault: string): number {
  return Math.max(
    0,
    history.slice(0, before).findLastIndex((event) => event.kind === "fault" && event.what === fault),
  );
}

/** True for an end on a node that was paused: another node had begun the actor anew in the pause. */
function endedInPause(history: readonly HistoryEvent[], { id, index, node }: End): boolean {
  const isOfNode = (event: HistoryEvent): boolean =>
    event.kind === "event" && event.name === "partitionChanged" && event.node === node;
  const since = history.slice(0, index).findLastIndex(isOfNode);
  const change = history[since];
  if (change?.kind !== "event" || (change.detail as { readonly partitioned: boolean }).partitioned !== true) return false;
  return history.slice(since).some((event) => {
    if (event.kind !== "event" || event.name !== "childRegistered" || event.node === node) return false;
    const detail = event.detail as { readonly id: string; readonly replicas: readonly { readonly node: string }[] };
    return detail.id === id && detail.replicas[0]?.node === event.node;
  });
}

/** True for an end of an actor that a user had started anew: the earlier one, a temporary actor, was taken for dead by then. */
function hadSuccessor(history: readonly HistoryEvent[], { id, index }: End, beganAtMs: number): boolean {
  return history.some((event, at) => {
    if (at >= index || event.atMs <= beganAtMs || event.kind !== "event" || event.name !== "childStopped") return false;
    const detail = event.detail as { readonly id: string; readonly reason: string };
    return detail.id === id && detail.reason === "not restarted";
  });
}

/** True for an end by a node that was asleep at an instant, soon after it woke. */
function askedInSleep(history: readonly HistoryEvent[], { node, atMs }: End, beganAtMs: number): boolean {
  let sinceMs: number | undefined;
  for (const event of history) {
    if (event.kind !== "fault") continue;
    if (event.what === `freeze ${node}`) sinceMs = event.atMs;
    if (event.what !== `thaw ${node}` || sinceMs === undefined) continue;
    if (sinceMs < beganAtMs && event.atMs >= beganAtMs && atMs >= event.atMs && atMs - event.atMs <= stopTimeoutMs) return true;
    sinceMs = undefined;
  }
  return false;
}
