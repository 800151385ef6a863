/*
 * Runs one random life of a cluster for each of a range of seeds, and sums up what they did and which failed.
 * Without it rare orders of events would be found by users.
 */
import type { HubOptions } from "@process-hub/cluster";
import { type MarkName, seededRandom } from "@process-hub/protocol";
import type { ClockFault } from "../machine-clock.js";
import { simulate } from "../simulate.js";
import { ActCounts, type ActName } from "./acts.js";
import { Builds } from "./builds.js";
import { guest } from "./guest.actor.js";
import { jobModule, ledger, wholeLedger } from "./ledger.actor.js";
import { runLife } from "./life.js";
import { longestTimes, timesOf } from "./other-times.js";
import { type Scenario, scenarios } from "./scenarios.js";
import { playersOf } from "./talks/talk.js";
import type { LifeFigures } from "./workload.js";
import { World } from "./world.js";

/** The sums and failures of a campaign. */
export interface CampaignResult {
  readonly seeds: number;
  readonly failures: readonly { readonly seed: number; readonly scenario: string; readonly error: Error }[];
  readonly figures: LifeFigures;
  /** How often each rare path was taken, in all lives that ended well; absent: never. */
  readonly marks: ReadonlyMap<MarkName, number>;
  /** How often each act was done and each trouble came, in all lives that ended well; absent: never. */
  readonly acts: ReadonlyMap<ActName, number>;
  /** Virtual time that passed, all seeds together. */
  readonly virtualMs: number;
}

const fourHoursMs = 4 * 3_600_000;

/** What one life did. */
export interface LifeResult {
  readonly figures: LifeFigures;
  readonly marks: ReadonlyMap<MarkName, number>;
  readonly counts: ReadonlyMap<ActName, number>;
  readonly virtualMs: number;
}

/** Bounds of a campaign. */
export interface CampaignOptions {
  readonly from: number;
  readonly to: number;
  readonly nodes: readonly [min: number, max: number];
  /** Acts of each life. */
  readonly acts: number;
  /** Asked between seeds: true ends the campaign early. */
  readonly enough: () => boolean;
  readonly told?: (seed: number, scenario: string, error: Error | undefined) => void;
  /** The step between seeds; default 1. */
  readonly step?: number;
}

/** Runs one life per seed, each under the scenario of its turn. Never rejects: failures are in the result. */
export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const failures: { readonly seed: number; readonly scenario: string; readonly error: Error }[] = [];
  const figures: LifeFigures = { acts: 0, asks: 0, failedAsks: 0, moves: 0, refusedMoves: 0 };
  const marks = new Map<MarkName, number>();
  const acts = new ActCounts();
  let seeds = 0;
  let virtualMs = 0;
  for (let seed = options.from; seed <= options.to && !options.enough(); seed += options.step ?? 1, seeds++) {
    const error = await one(seed, options, figures, marks, acts).then(
      (ms) => {
        virtualMs += ms;
        return undefined;
      },
      (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
    );
    if (error !== undefined) failures.push({ seed, scenario: scenarioOf(seed).name, error });
    options.told?.(seed, scenarioOf(seed).name, error);
  }
  return { seeds, failures, figures, marks, acts: acts.times, virtualMs };
}

async function one(
  seed: number,
  { nodes: [min, max], acts }: CampaignOptions,
  sums: LifeFigures,
  marks: Map<MarkName, number>,
  counts: ActCounts,
): Promise<number> {
  const nodes = min + (Math.floor(seed / scenarios.length) % (max - min + 1));
  const { figures, virtualMs, marks: reached, counts: done } = await oneLife(seed, nodes, scenarioOf(seed), acts);
  counts.addAll(done);
  for (const key of Object.keys(sums) as (keyof LifeFigures)[]) sums[key] += figures[key];
  for (const [name, times] of reached) marks.set(name, (marks.get(name) ?? 0) + times);
  return virtualMs;
}

/** Runs one life. Rejects with what went wrong. */
export async function oneLife(seed: number, nodes: number, scenario: Scenario, acts = 40): Promise<LifeResult> {
  const { faults, quorum } = scenario;
  const world = new World(scenario.resumes === true ? "resume" : "restart");
  const hub = { ...scenario.hub, jobs: [jobModule], ...(quorum === undefined ? {} : { partitionTolerance: quorum(nodes) }) };
  const clocks = scenario.wrongClocks === true ? wrongClocks(seed, world) : undefined;
  const builds = scenario.builds === true ? new Builds(seed, world) : undefined;
  const actors = [
    scenario.wholeLives === true ? wholeLedger(world) : ledger(world),
    ...(scenario.nemesis.includes("guests") ? [guest(world)] : []),
    ...playersOf(scenario.talks ?? [], world),
  ];
  const options = {
    seed,
    nodes,
    threads: 2,
    faults,
    actors,
    hub,
    ...(builds && { actorsOf: (node: string) => [...actors, ...builds.actorsOf(node)] }),
    ...(clocks && { clocks }),
    ...(scenario.otherTimes === true && { timings: otherTimes(seed, world) }),
  };
  // What is thrown travels with its stack, and a stack names files: a life would differ with the place of the project.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const live = simulate(options, async (sim) => {
    const fromMs = sim.nowMs;
    world.enter(sim);
    const figures = await runLife(sim, scenario, acts, world, builds);
    const { all, ofPastLives } = sim.lateCopies;
    world.counts.add("lateDatagram", all);
    world.counts.add("pastLife", ofPastLives);
    return { figures, marks: sim.marks, counts: world.counts.times, virtualMs: sim.nowMs - fromMs };
  });
  return live.finally(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });
}

/** Clocks that differ by up to four hours, and gain or lose up to a hundredth. (No clock is before 0.) */
function wrongClocks(seed: number, world: World): (node: string) => ClockFault {
  const random = seededRandom(seed ^ 0x2545f491);
  return () => {
    world.did("wrongClock");
    return { aheadMs: random.next() * fourHoursMs, rate: 1 + (random.next() - 0.5) * 0.02 };
  };
}

/** The times by which nodes give each other up: those of one who gives none, half of them, or twice. */
function otherTimes(seed: number, world: World): () => HubOptions["timings"] {
  const random = seededRandom(seed ^ 0x1b873593);
  return () => {
    const factor = [0.5, 1, longestTimes][Math.floor(random.next() * 3)] as number;
    if (factor !== 1) world.did("otherTimes");
    return timesOf(factor);
  };
}

function scenarioOf(seed: number): Scenario {
  return scenarios[seed % scenarios.length] as Scenario;
}
