/*
 * Checks promise P1: one life of an actor at a time.
 * Without it two nodes could run one actor side by side and every test would still pass.
 */
import { nodeLifeOf } from "@process-hub/protocol";
import type { HistoryEvent } from "../history.js";

/** How long a duplicate may run on while the news of the other one travels. */
const lastMomentsMs = 1_000;

/**
 * P1, one life: an epoch of an actor runs at one place only, and once a newer epoch has handled a message no older epoch does.
 * `epochsOverlap`: under divergence, while the network is or was cut, two duplicates may run side by side, each side counting its restarts
 * by itself; `checkConvergence` checks that one is left. A node that froze comes back with a duplicate of an actor that others restarted,
 * and runs it only once it is a member again. The conflict that follows decides between the two, and the survivor may have the lower epoch.
 * The loser may have run on for a moment, while the news of the conflict was under way, or while it moved. Under a quorum none of this is
 * allowed, whatever happens to the network and to nodes, in the order of real time, which is the order of the history. Where several
 * replicas serve see `checkReplicasApart`.
 */
export function checkActivation(history: readonly HistoryEvent[], epochsOverlap: boolean): string[] {
  const problems: string[] = [];
  const placeOf = new Map<string, string>();
  const newest = new Map<string, number>();
  const strict = history.some((event) => event.kind === "quorum");
  const apart = epochsOverlap && !strict;
  if (history.some((event) => event.kind === "copies")) return checkReplicasApart(history);
  const seen = strict ? history : withoutLastMoments(history);
  for (const event of seen) {
    if (!strict && event.kind === "event" && event.name === "conflict")
      newest.delete((event.detail as { readonly id: string }).id);
    if (event.kind !== "handling") continue;
    const { to } = event.message;
    const owner = `${to}, epoch ${event.epoch}`;
    const place = placeOf.get(owner) ?? event.place;
    placeOf.set(owner, place);
    if (place !== event.place && !apart) problems.push(`P1: ${owner} runs at ${place} and at ${event.place}`);
    const before = newest.get(to) ?? 0;
    if (event.epoch < before && !apart)
      problems.push(`P1: ${to} handles a message under epoch ${event.epoch} after epoch ${before} did`);
    newest.set(to, Math.max(before, event.epoch));
  }
  return problems;
}

/**
 * P1 where several replicas serve, one a node: on each node an epoch of an actor runs at one place only, and once another epoch has taken
 * over there it handles no message again, except messages of its last moments. (The older epoch may be the higher number: a replica that
 * gives way to the actor itself has an epoch of its own node's making. Nodes are checked apart, since only a node's own senders address its
 * replica.)
 */
function checkReplicasApart(history: readonly HistoryEvent[]): string[] {
  const problems: string[] = [];
  const placeOf = new Map<string, string>();
  const runs = new Map<string, number>();
  const overAtMs = new Map<string, number>();
  for (const event of history) {
    if (event.kind !== "handling") continue;
    const { place, epoch, message } = event;
    const node = nodeLifeOf(place);
    const copy = `${message.to} on ${node}`;
    const owner = `${copy}, epoch ${epoch}`;
    const known = placeOf.get(owner) ?? place;
    placeOf.set(owner, known);
    if (known !== place) problems.push(`P1: ${message.to}, epoch ${epoch} runs at ${known} and at ${place}`);
    const before = runs.get(copy) ?? epoch;
    const endedAtMs = overAtMs.get(owner);
    if (endedAtMs !== undefined && event.atMs - endedAtMs > lastMomentsMs)
      problems.push(`P1: ${message.to} handles a message under epoch ${epoch} at ${place} after epoch ${before} took over there`);
    if (before !== epoch && endedAtMs === undefined) overAtMs.set(`${copy}, epoch ${before}`, event.atMs);
    if (endedAtMs === undefined) runs.set(copy, epoch);
  }
  return problems;
}

/** The history without the messages that a duplicate handled in its last moments before it gave way to another. */
function withoutLastMoments(history: readonly HistoryEvent[]): readonly HistoryEvent[] {
  const ends = new Map<string, { readonly atMs: number; readonly loser: string }[]>();
  for (const event of history) {
    if (event.kind !== "event" || event.name !== "conflict") continue;
    const { id, loser } = event.detail as { readonly id: string; readonly loser: string };
    ends.set(id, [...(ends.get(id) ?? []), { atMs: event.atMs, loser }]);
  }
  if (ends.size === 0) return history;
  const isLast = (event: HistoryEvent): boolean =>
    event.kind === "handling" &&
    (ends.get(event.message.to) ?? []).some(
      ({ atMs, loser }) => event.place.startsWith(`${loser}@`) && event.atMs <= atMs && atMs - event.atMs < lastMomentsMs,
    );
  return history.filter((event) => !isLast(event));
}
