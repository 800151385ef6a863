/*
 * The troupes that a scenario may have, by name.
 * Without it a scenario could not say which of them its lives have.
 */
import type { AnyActor } from "@process-hub/actor";
import type { Talk } from "../acts.js";
import type { Workload } from "../workload.js";
import type { ActorWorld } from "../world.js";
import { desk } from "./desk.actor.js";
import { desks } from "./desks.js";
import { spring } from "./spring.actor.js";
import { springs } from "./springs.js";
import { enter, perform, type Troupe } from "./troupe.js";

const troupes: Readonly<Record<Talk, { readonly troupe: Troupe; readonly actors: (world: ActorWorld) => readonly AnyActor[] }>> =
  {
    streams: { troupe: springs, actors: (world) => [spring(world)] },
    answersLater: { troupe: desks, actors: (world) => [desk(world)] },
  };

/** The definitions of the troupes of a life. */
export function playersOf(talks: readonly Talk[], world: ActorWorld): AnyActor[] {
  return talks.flatMap((talk) => troupes[talk].actors(world));
}

/** The troupes of a life. */
export function troupesOf(talks: readonly Talk[]): Troupe[] {
  return talks.map((talk) => troupes[talk].troupe);
}

/** The troupes of a life begin. */
export function beginTalks(workload: Workload): void {
  for (const troupe of troupesOf(workload.talks)) enter(workload, troupe);
}

/** Resolves when nothing of what was said is under way any more. */
export async function restOfTalks({ sim, talks }: Workload): Promise<void> {
  const isOpen = (): boolean => sim.nodes.some(({ hub, state }) => state === "up" && hub.stats().streams > 0);
  if (talks.includes("streams")) await sim.until("no stream is open any more", () => !isOpen());
}

/** One of them does something. */
export function talks(workload: Workload): void {
  perform(workload, workload.oneOf(troupesOf(workload.talks)));
}
