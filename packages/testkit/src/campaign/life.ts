/*
 * One life of the campaign: random acts, faults of the scenario, then rest and every check.
 * Without it the parts of a life would have no order, and nothing would be checked.
 */
import { child, hubSettings } from "@process-hub/cluster";
import type { Simulation } from "../simulation.js";
import { SimulationError } from "../simulation-error.js";
import type { Builds } from "./builds.js";
import { judge } from "./judge.js";
import { Ledger } from "./ledger.actor.js";
import { nemesis } from "./nemesis.js";
import { Nomad } from "./nomad.actor.js";
import { endWaiting, nomads } from "./nomads.js";
import { longestTimes, timesOf } from "./other-times.js";
import { repertoire } from "./repertoire.js";
import type { LifeSettings } from "./rules/record.js";
import type { Scenario } from "./scenarios.js";
import { beginTalks, restOfTalks, talks, troupesOf } from "./talks/talk.js";
import { mayEnd, pinned } from "./users.js";
import { Warden } from "./warden.actor.js";
import { type LifeFigures, Workload } from "./workload.js";
import type { World } from "./world.js";

/** How often an act is followed by some that concern builds, where these differ. */
const nomadsShare = 0.4;
/** How often an act is followed by some of the troupes, where there are any. */
const talksShare = 0.7;

/**
 * A random life of a cluster: starts, stops, messages, moves, joins, leaves, and faults of the scenario's nemesis. Then the cluster
 * settles, and every check is made.
 */
export async function runLife(
  sim: Simulation,
  scenario: Scenario,
  acts: number,
  world: World,
  builds?: Builds,
): Promise<LifeFigures> {
  const workload = new Workload(sim, scenario, world, builds);
  const { figures, followed } = workload;
  await serving(sim);
  const first = sim.hub(0);
  const options = workload.ids.map((id) => workload.optionsOf(id));
  const started = first.startChildren(options.map((one) => child(Ledger, one)));
  followed.add(first, "the first starts", started, {
    kind: "batch",
    ids: workload.ids,
    mayEnd: mayEnd(options),
    pinned: pinned(options),
  });
  await started;
  if (workload.talks.length > 0) beginTalks(workload);
  for (; figures.acts < acts; figures.acts++) {
    if (workload.chance(scenario.often ?? 0.05)) await nemesis(workload);
    else await workload.pick(repertoire).act(workload);
    if (builds !== undefined && workload.chance(nomadsShare)) nomads(workload);
    if (workload.talks.length > 0 && workload.chance(talksShare)) talks(workload);
    await sim.run(workload.random.next() * (workload.chance(0.1) ? 1_500 : 20));
  }
  for (const [index, { state }] of sim.nodes.entries()) if (state === "frozen") sim.thaw(index);
  sim.heal();
  await endWaiting(workload);
  await followed.ended();
  if (scenario.quorum !== undefined) {
    // One that has just woken keeps its name until it knows that it was replaced.
    await sim.until("all processes that were replaced have ended", () => sim.replacedAlive.length === 0);
    for (const index of workload.nodes("down")) await sim.restart(index);
    await serving(sim);
  }
  sim.calm = true;
  const deaf = await restOfTalks(workload);
  world.becomePlain();
  await sim.check();
  const problems = [...deaf, ...judge(sim, lifeSettings(scenario), followed)];
  if (problems.length > 0) throw new SimulationError(sim.seed, problems, sim.history.events);
  await reach(sim, scenario);
  return figures;
}

/** Asks each actor at rest that has a node to run on, from every node and from one other actor. Rejects with those that do not answer. */
async function reach(sim: Simulation, scenario: Scenario): Promise<void> {
  const problems: string[] = [];
  const up = sim.nodes.filter(({ state }) => state === "up");
  // One that no present node may run, such as one of a node that drains, answers nobody.
  const first = up[0]?.hub;
  // A guest comes and goes as it is written to.
  const all = first?.list({ actor: Ledger }) ?? [];
  const ids = all.flatMap(({ id }) => (first?.explain(id).state === "waiting" ? [] : [id]));
  for (const { hub, name } of up) {
    for (const id of ids) {
      const answer = await hub.ref(Ledger, id).ask("note", { n: 0 }).catch(String);
      if (typeof answer === "string") problems.push(`P5: at rest ${name} does not reach ${id}: ${answer}`);
    }
  }
  for (const { hub, name } of up) {
    for (const { id, replicas } of first?.list({ actor: Warden }) ?? []) {
      const [home] = replicas;
      if (home === undefined || first?.explain(id).state === "waiting") continue;
      const answer = await hub.ref(Warden, { node: home.node }).ask("note", { n: 0 }).catch(String);
      if (typeof answer === "string") problems.push(`P5: at rest ${name} does not reach ${id}: ${answer}`);
    }
    for (const { id } of first?.list({ actor: Nomad }) ?? []) {
      if (first?.explain(id).state === "waiting") continue;
      const answer = await hub.ref(Nomad, id).ask("note", { n: 0 }).catch(String);
      if (typeof answer === "string") problems.push(`P5: at rest ${name} does not reach ${id}: ${answer}`);
    }
  }
  for (const { hub, name } of up) {
    for (const { actor, ids: players } of troupesOf(scenario.talks ?? [])) {
      for (const id of players) {
        if (hub.lookup(id) === undefined || first?.explain(id).state === "waiting") continue;
        const answer = await hub.ref(actor, id).ask("note", { n: 0 }).catch(String);
        if (typeof answer === "string") problems.push(`P5: at rest ${name} does not reach ${id}: ${answer}`);
      }
    }
  }
  for (const [index, id] of ids.entries()) {
    const to = ids[(index + 1) % ids.length] as string;
    if (to === id) break;
    const answer = await up[0]?.hub.ref(Ledger, id).ask("consult", { n: 0, to }).catch(String);
    if (answer !== true) problems.push(`P5: at rest ${id} does not reach ${to}: ${answer}`);
  }
  if (problems.length > 0) throw new SimulationError(sim.seed, problems, sim.history.events);
}

/** Resolves when every node serves: at once where none ever pauses. */
function serving(sim: Simulation): Promise<void> {
  return sim.until("all nodes serve", () => sim.nodes.every(({ hub, state }) => state !== "up" || !hub.isPartitioned()));
}

/** The times and bounds that the judge goes by. */
function lifeSettings({ hub, faults, resumes = false, otherTimes = false }: Scenario): LifeSettings {
  const { timings, limits, migration, redundancy } = hubSettings({
    ...hub,
    ...(otherTimes && { timings: timesOf(longestTimes) }),
    id: "sim",
  });
  const { heartbeatIntervalMs, downAfterMs, linkRetryMs, deliveryMs, handoffTimeoutMs, shutdownTimeoutMs } = timings;
  const { mailbox, linkLetters, forwardings } = limits;
  const delayMs = faults.delayMs?.[1] ?? 1;
  const drops = (faults.drop ?? 0) > 0;
  return {
    delayMs,
    drops,
    newsMs: 2 * delayMs + (drops ? 4 * linkRetryMs : 0),
    deathMs: downAfterMs + 2 * heartbeatIntervalMs + 2 * delayMs,
    ...{ deliveryMs, linkRetryMs, handoffTimeoutMs, shutdownTimeoutMs, mailbox, linkLetters, forwardings },
    swaps: migration.mode === "restart" && !migration.carryState,
    resumes,
    acknowledges: redundancy.acknowledge !== "none",
  };
}
