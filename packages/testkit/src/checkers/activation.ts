import type { HistoryEvent } from "../history.js";

/**
 * P1, one copy: an epoch of an actor is run at one place only, and once a newer epoch has handled a message no older one does.
 * `epochsOverlap`: under divergence, while the network is or was cut or a node frozen, two copies may run side by side, each
 * side counting its restarts by itself; that one is left is for `checkConvergence` to say.
 */
export function checkActivation(history: readonly HistoryEvent[], epochsOverlap: boolean): string[] {
  const problems: string[] = [];
  const placeOf = new Map<string, string>();
  const newest = new Map<string, number>();
  for (const event of history) {
    if (event.kind !== "handling") continue;
    const { to } = event.message;
    const owner = `${to}, epoch ${event.epoch}`;
    const place = placeOf.get(owner) ?? event.place;
    placeOf.set(owner, place);
    if (place !== event.place && !epochsOverlap) problems.push(`P1: ${owner} runs at ${place} and at ${event.place}`);
    const before = newest.get(to) ?? 0;
    if (event.epoch < before && !epochsOverlap)
      problems.push(`P1: ${to} handles a message under epoch ${event.epoch} after epoch ${before} did`);
    newest.set(to, Math.max(before, event.epoch));
  }
  return problems;
}
