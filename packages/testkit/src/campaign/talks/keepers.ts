/*
 * What a life does with watches and links: keepers watch wards, raise some that end with them, and leave them be again.
 * Without it an end would have somebody to tell of by luck alone.
 */
import type { Workload } from "../workload.js";
import { Keeper, Ward } from "./keeper.actor.js";
import type { Troupe } from "./troupe.js";

const restMs = 5_000;
const longestRestMs = 60_000;

/** Actors that are watched. */
export const wards: Troupe = { actor: Ward, ids: ["ward-0", "ward-1", "ward-2", "ward-3"], scenes: [] };

/** Actors that watch them. */
export const keepers: Troupe = {
  actor: Keeper,
  ids: ["keeper-0", "keeper-1"],
  scenes: [
    { weight: 8, act: (workload, id) => tell(workload, id, "watch") },
    { weight: 1, act: (workload, id) => tell(workload, id, "unwatch") },
    { weight: 4, act: raise },
    {
      weight: 1,
      act: (workload, id) => {
        workload.did("parentStopped");
        const hub = workload.hub();
        workload.followed.add(hub, `stop of ${id} by ${hub.node}`, hub.stop(id), { kind: "stop", ids: [id] });
      },
    },
  ],
};

function tell(workload: Workload, id: string, message: "watch" | "unwatch"): void {
  workload.did(message);
  workload
    .hub()
    .ref(Keeper, id)
    .tell(message, { n: workload.entry(), to: workload.oneOf(wards.ids) });
}

/** Has a keeper start some wards that end with it. */
function raise(workload: Workload, id: string): void {
  workload.did("linkedChildren");
  const hub = workload.hub();
  const ids = [...new Set([workload.oneOf(wards.ids), workload.oneOf(wards.ids)])];
  const raised = hub.ref(Keeper, id).ask("raise", { n: workload.entry(), ids });
  workload.followed.add(hub, `${id} raises ${ids.join()} for ${hub.node}`, raised);
}

/** Resolves with the watches of actors that are gone, and the actors whose parents are, a minute after all is at rest, in words. */
export async function untoldEnds({ sim }: Workload): Promise<string[]> {
  const first = sim.nodes.find(({ state }) => state === "up")?.hub;
  if (first === undefined) return [];
  const untold = async (): Promise<string[]> => {
    const problems: string[] = [];
    for (const id of keepers.ids) {
      if (first.lookup(id) === undefined || first.explain(id).state === "waiting") continue;
      const watching = await first.ref(Keeper, id).ask("watching").catch(String);
      if (typeof watching === "string") problems.push(`at rest ${id} does not answer: ${watching}`);
      else
        for (const to of watching)
          if (first.lookup(to) === undefined) problems.push(`at rest ${id} has not heard that ${to} is gone`);
    }
    for (const { cell } of sim.cells()) {
      const { linked } = cell.spec;
      if (linked !== undefined && cell.mode === "active" && first.lookup(linked) === undefined)
        problems.push(`at rest ${cell.id} runs, and its parent ${linked} is gone`);
    }
    return problems;
  };
  for (let left = longestRestMs; left > 0; left -= restMs) {
    if ((await untold()).length === 0) return [];
    await sim.run(restMs);
  }
  return untold();
}
