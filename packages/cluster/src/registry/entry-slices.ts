/*
 * Goes through the registry a slice at a time.
 * Without it a program that looks at a million actors would hold up the event loop of its node for a second.
 */
import type { ActorId, Clock } from "@process-hub/protocol";
import type { RegistryEntry } from "./registry-entry.js";

/** So many actors are looked at in one turn of the event loop. */
const actorsPerTurn = 1_000;

/** The registry as it is read here. */
export interface SlicedRegistry {
  /** In an order that changes do not disturb: what comes joins the end, and what goes is not met. */
  ids(): Iterable<ActorId>;
  entry(id: ActorId): RegistryEntry | undefined;
}

/**
 * The entries for which `wanted` holds, each as it is when its turn comes. One that is there from the first slice to the last is given once;
 * one that comes or goes meanwhile, at most as often as it came.
 */
export async function* entrySlices(
  registry: SlicedRegistry,
  clock: Pick<Clock, "defer">,
  wanted: (entry: RegistryEntry) => boolean,
): AsyncGenerator<RegistryEntry, void, undefined> {
  let left = actorsPerTurn;
  for (const id of registry.ids()) {
    if (left-- === 0) {
      await new Promise<void>((resolve) => {
        clock.defer(resolve);
      });
      left = actorsPerTurn - 1;
    }
    const entry = registry.entry(id);
    if (entry !== undefined && wanted(entry)) yield entry;
  }
}
