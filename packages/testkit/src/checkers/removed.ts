/*
 * Checks half of promise P6: an actor that has ended does not come back by itself.
 * Without it a node that was away could revive an actor that others stopped.
 */
import { type Life, lineageOf } from "@process-hub/protocol";
import type { History } from "../history.js";

/** The running actors and the history that the check reads, as a `Simulation` has them. */
export interface Survivors {
  readonly history: Pick<History, "events" | "bornAtMs">;
  cells(): readonly { readonly place: string; readonly cell: { readonly id: string; readonly life: Life } }[];
}

/** Reasons of an end after which other nodes may start the actor again. */
const mayGoOn = ["shutdown", "not restarted", "ended elsewhere"];

/** P6: nothing removed comes back. An actor that has ended runs again only when a user started it again: no life of a lineage from before is left. */
export function checkRemoved(sim: Survivors): string[] {
  const endedAtMs = new Map<string, number>();
  for (const event of sim.history.events) {
    if (event.kind !== "event" || event.name !== "childStopped") continue;
    const { id, reason } = event.detail as { readonly id: string; readonly reason: string };
    if (!mayGoOn.includes(reason)) endedAtMs.set(id, event.atMs);
  }
  return sim.cells().flatMap(({ place, cell: { id, life } }) => {
    const bornAtMs = sim.history.bornAtMs(lineageOf(life));
    const endedMs = endedAtMs.get(id);
    if (endedMs === undefined || bornAtMs >= endedMs) return [];
    return [`P6: ${id} ended ${(endedMs - bornAtMs).toFixed(2)} ms after it was born, and runs at ${place} all the same`];
  });
}
