/*
 * Judges what a life did: why asks failed, actors restarted and ended, what closes and batches said, and the figures of all hubs.
 * Without it a life would count failures that nothing explains.
 */
import { lineageOf, nodeOf } from "@process-hub/protocol";
import type { Simulation } from "../simulation.js";
import type { Outcome } from "./outcomes.js";
import { judgeAnnouncements } from "./rules/announcements.js";
import { judgeAnswersLater } from "./rules/answers-later.js";
import { judgeAsks } from "./rules/asks.js";
import { type AtRest, judgeBatches } from "./rules/batches.js";
import { type BuildsAtRest, judgeBuilds } from "./rules/builds.js";
import { judgeCalls } from "./rules/calls.js";
import { judgeCloses } from "./rules/closes.js";
import { judgeDeaths } from "./rules/deaths.js";
import { judgeEnds, judgeVanished } from "./rules/ends.js";
import { judgeEvents } from "./rules/events.js";
import { judgeFigures, type NodeFigures } from "./rules/figures.js";
import { LifeRecord, type LifeSettings } from "./rules/record.js";
import { judgeLostStates, judgeRestarts } from "./rules/restarts.js";
import { judgeStreams } from "./rules/streams.js";
import { judgeTasks } from "./rules/tasks.js";
import { judgeTimers } from "./rules/timers.js";
import { judgeWatches } from "./rules/watches.js";

/** Judges a life at rest. The problems in words; none when everything that went wrong has its cause in the history. */
export function judge(
  sim: Simulation,
  settings: LifeSettings,
  { outcomes, unended }: { readonly outcomes: readonly Outcome[]; readonly unended: readonly Outcome[] },
): string[] {
  const life = new LifeRecord(settings, outcomes, sim.history.events, unended);
  const cells = running(sim);
  return [
    ...judgeAsks(life),
    ...judgeCalls(life),
    ...judgeDeaths(life),
    ...judgeRestarts(life),
    ...judgeLostStates(life),
    ...judgeEnds(life),
    ...judgeVanished(life, (id) => isThere(sim, id)),
    ...judgeCloses(life),
    ...judgeBatches(life, cells),
    ...judgeAnnouncements(life),
    ...judgeStreams(life),
    ...judgeAnswersLater(life),
    ...judgeEvents(life),
    ...judgeTasks(life),
    ...judgeTimers(life),
    ...judgeWatches(life),
    ...judgeBuilds(life, builds(sim)),
    ...judgeFigures(life, figures(life, sim)),
  ];
}

function builds(sim: Simulation): BuildsAtRest {
  const up = sim.nodes.filter(({ state }) => state === "up");
  const wardens = sim
    .cells()
    .flatMap(({ place, cell: { id, spec } }) => (spec.actor === "warden" ? [{ id, node: nodeOf(place) }] : []));
  const waiting = (up[0]?.hub.list({ actor: "nomad" }) ?? []).flatMap(({ id }) =>
    up[0]?.hub.explain(id).state === "waiting" ? [id] : [],
  );
  return { up: up.map(({ name }) => name), wardens, waiting };
}

function isThere(sim: Simulation, id: string): boolean {
  if (sim.cells().some(({ cell }) => cell.id === id)) return true;
  return sim.nodes.some(({ hub, state }) => state === "up" && hub.explain(id).state === "waiting");
}

/** The actors that run, without the replicas beside them, whose lives are their own. */
function running(sim: Simulation): AtRest[] {
  const hub = sim.nodes.find(({ state }) => state === "up")?.hub;
  return sim.cells().flatMap(({ place, cell: { id, life } }) => {
    const node = nodeOf(place);
    if (hub?.lookup(id)?.replicas[0]?.node !== node) return [];
    return [{ id, node, bornAtMs: sim.history.bornAtMs(lineageOf(life)) }];
  });
}

function figures({ chronicle }: LifeRecord, sim: Simulation): NodeFigures[] {
  const byNode = new Map<string, NodeFigures>();
  for (const { hub } of sim.everyHub()) {
    const { messages, asks, restarts, statesLost, moves, ...rest } = hub.stats();
    const node = chronicle.firstName(rest.node);
    const before = byNode.get(node) ?? { sent: 0, handled: 0, asks: 0, restarts: 0, statesLost: 0, movedOut: 0, movedIn: 0 };
    byNode.set(node, {
      node,
      sent: before.sent + messages.sent,
      handled: before.handled + messages.handled,
      asks: before.asks + asks.made,
      restarts: before.restarts + restarts,
      statesLost: before.statesLost + statesLost,
      movedOut: before.movedOut + moves.count,
      movedIn: before.movedIn + moves.arrived,
    });
  }
  return [...byNode.values()];
}
