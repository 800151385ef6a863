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
import { herald } from "./herald.actor.js";
import { deafEars, heralds, listeners } from "./heralds.js";
import { keeper, ward } from "./keeper.actor.js";
import { keepers, untoldEnds, wards } from "./keepers.js";
import { listener } from "./listener.actor.js";
import { sexton } from "./sexton.actor.js";
import { sextons, silentBells } from "./sextons.js";
import { Smith, smith } from "./smith.actor.js";
import { smiths } from "./smiths.js";
import { spring } from "./spring.actor.js";
import { springs } from "./springs.js";
import { enter, perform, type Troupe } from "./troupe.js";

const troupes: Readonly<
  Record<Talk, { readonly troupes: readonly Troupe[]; readonly actors: (world: ActorWorld) => readonly AnyActor[] }>
> = {
  streams: { troupes: [springs], actors: (world) => [spring(world)] },
  answersLater: { troupes: [desks], actors: (world) => [desk(world)] },
  events: { troupes: [heralds, listeners], actors: (world) => [herald(world), listener(world)] },
  tasks: { troupes: [smiths], actors: (world) => [smith(world)] },
  timers: { troupes: [sextons], actors: (world) => [sexton(world)] },
  watches: { troupes: [wards, keepers], actors: (world) => [ward(world), keeper(world)] },
};

/** The definitions of the troupes of a life. */
export function playersOf(talks: readonly Talk[], world: ActorWorld): AnyActor[] {
  return talks.flatMap((talk) => troupes[talk].actors(world));
}

/** The troupes of a life. */
export function troupesOf(talks: readonly Talk[]): Troupe[] {
  return talks.flatMap((talk) => troupes[talk].troupes);
}

/** The troupes of a life begin. */
export function beginTalks(workload: Workload): void {
  for (const troupe of troupesOf(workload.talks)) enter(workload, troupe);
}

/** Resolves when nothing of what was said is under way any more, with what does not come to rest as it should, in words. */
export async function restOfTalks(workload: Workload): Promise<string[]> {
  const { sim, talks } = workload;
  const isOpen = (): boolean => sim.nodes.some(({ hub, state }) => state === "up" && hub.stats().streams > 0);
  if (talks.includes("streams")) await sim.until("no stream is open any more", () => !isOpen());
  const isBusy = (): boolean => sim.nodes.some(({ hub, state }) => state === "up" && hub.stats().tasks.running > 0);
  if (talks.includes("tasks")) {
    // What waits may begin some, and their outcomes wait again: all that came before a note is handled before it.
    const first = sim.nodes.find(({ state }) => state === "up")?.hub;
    const handled = async (): Promise<void> => {
      for (const id of smiths.ids)
        await first
          ?.ref(Smith, id)
          .ask("note", { n: 0 }, { timeoutMs: 60_000 })
          .catch(() => {});
    };
    await handled();
    await sim.until("no task runs any more", () => !isBusy());
    await handled();
  }
  return [
    ...(talks.includes("events") ? await deafEars(workload) : []),
    ...(talks.includes("timers") ? await silentBells(workload) : []),
    ...(talks.includes("watches") ? await untoldEnds(workload) : []),
  ];
}

/** One of them does something. */
export function talks(workload: Workload): void {
  perform(workload, workload.oneOf(troupesOf(workload.talks)));
}
