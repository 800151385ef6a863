/*
 * Kills a worker thread of the demo for real, while the stream waits.
 * Without it `--kill-thread` could not show what a dead thread costs.
 */
import type { Hub } from "process-hub";
import { Airport } from "./airport.actor.js";
import type { Nodes } from "./nodes.js";
import { type Place, samePlace } from "./place.js";
import { Saboteur } from "./saboteur.actor.js";
import { until } from "./until.js";

/**
 * Places an actor on the thread at `place` that can end the thread from the inside. Resolves with the strike, which resolves when every
 * airport that ran there answers again. No move may be under way: messages that a dying thread forwards for an actor that has just left it
 * are lost as well, and then an airport that never restarted would differ.
 */
export async function armSaboteur(nodes: Nodes, place: Place): Promise<() => Promise<void>> {
  const hub = nodes.main;
  const saboteur = await hub.start(Saboteur, { id: "saboteur", restart: "temporary" });
  const isThere = hub.lookup("saboteur")?.replicas.some((replica) => samePlace(replica, place)) ?? false;
  if (!isThere) await hub.move("saboteur", place);

  return async () => {
    const victims = airportsAt(hub, place);
    saboteur.tell("strike");
    await until(`thread ${place.thread} of ${place.node} dies`, () => nodes.exits.some((exit) => samePlace(exit, place)), 10_000);
    for (const id of victims) await until(`${id} answers again`, () => answers(hub, id), 30_000);
  };
}

function airportsAt(hub: Hub, place: Place): string[] {
  const isAirportThere = (entry: ReturnType<Hub["list"]>[number]) =>
    entry.actor === "airport" && entry.replicas.some((replica) => samePlace(replica, place));
  return hub
    .list("global")
    .filter(isAirportThere)
    .map(({ id }) => id);
}

async function answers(hub: Hub, id: string): Promise<boolean> {
  try {
    await hub.ref(Airport, id).ask("read");
    return true;
  } catch {
    return false;
  }
}
