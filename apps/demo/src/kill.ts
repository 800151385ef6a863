import type { Hub } from "process-hub";
import { Airport } from "./airport.actor.js";
import type { Nodes } from "./nodes.js";
import { type Place, samePlace } from "./place.js";
import { Saboteur } from "./saboteur.actor.js";
import { until } from "./until.js";

/**
 * Gets ready to make the worker thread at `place` die for real: an actor on it will end it from the inside. Resolves with the
 * strike, which resolves when every airport that ran there answers again. No move may be under way: what a dying thread was
 * forwarding for an actor that had just left it is lost as well, and then an airport that never restarted would differ.
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
