import { nodeLifeOf } from "@process-hub/protocol";
import type { HistoryEvent } from "../history.js";

/** How long a copy may run on while the news that there is another one travels. */
const lastMomentsMs = 1_000;

/**
 * P1, one copy: an epoch of an actor is run at one place only, and once a newer epoch has handled a message no older one does.
 * `epochsOverlap`: under divergence, while the network is or was cut, two copies may run side by side, each side counting its
 * restarts by itself; that one is left is for `checkConvergence` to say. A node that froze comes back with the copy that others
 * replaced, and runs it only as a member again: the conflict that follows decides between the two lineages, and the one that goes on
 * may be the one of the lower epoch; the copy that goes may have run on for a moment, while the word that they meet was under way, or while
 * it moved. Under a quorum none of this is allowed, whatever happens to the network and to nodes: not in any
 * order of real time either, which is the order of the history. Where several copies serve see `checkReplicasApart`.
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
 * P1 where several copies serve, one a node: on each node an epoch of an actor is run at one place only, and once another has taken
 * over there it handles no message again, but for what it had in its last moments. (Its number may be the higher one: a copy that gives way to the actor itself has one of its
 * own node's making. Nodes say nothing of each other, whatever the network does: nobody but a node's own senders addresses its copy.)
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

/** The history without what a copy handled in its last moments before it gave way to another. */
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
