/*
 * Runs one random life of a cluster for each of a range of seeds, and sums up what they did and which failed.
 * Without it rare orders of events would be found by users.
 */
import type { MarkName } from "@process-hub/protocol";
import { simulate } from "../simulate.js";
import { Ledger } from "./ledger.actor.js";
import { runLife } from "./life.js";
import { type Scenario, scenarios } from "./scenarios.js";
import type { LifeFigures } from "./workload.js";

/** The sums and failures of a campaign. */
export interface CampaignResult {
  readonly seeds: number;
  readonly failures: readonly { readonly seed: number; readonly scenario: string; readonly error: Error }[];
  readonly figures: LifeFigures;
  /** How often each rare path was taken, in all lives that ended well; absent: never. */
  readonly marks: ReadonlyMap<MarkName, number>;
  /** Virtual time that passed, all seeds together. */
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
  let seeds = 0;
  let virtualMs = 0;
  for (let seed = options.from; seed <= options.to && !options.enough(); seed += options.step ?? 1, seeds++) {
    const error = await one(seed, options, figures, marks).then(
      (ms) => {
        virtualMs += ms;
        return undefined;
      },
      (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
    );
    if (error !== undefined) failures.push({ seed, scenario: scenarioOf(seed).name, error });
    options.told?.(seed, scenarioOf(seed).name, error);
  }
  return { seeds, failures, figures, marks, virtualMs };
}

async function one(
  seed: number,
  { nodes: [min, max], acts }: CampaignOptions,
  sums: LifeFigures,
  marks: Map<MarkName, number>,
): Promise<number> {
  const nodes = min + (Math.floor(seed / scenarios.length) % (max - min + 1));
  const { figures, virtualMs, marks: reached } = await oneLife(seed, nodes, scenarioOf(seed), acts);
  for (const key of Object.keys(sums) as (keyof LifeFigures)[]) sums[key] += figures[key];
  for (const [name, times] of reached) marks.set(name, (marks.get(name) ?? 0) + times);
  return virtualMs;
}

/** Runs one life. Rejects with what went wrong. */
export function oneLife(
  seed: number,
  nodes: number,
  scenario: Scenario,
  acts = 40,
): Promise<{ readonly figures: LifeFigures; readonly marks: ReadonlyMap<MarkName, number>; readonly virtualMs: number }> {
  const { faults, quorum } = scenario;
  const hub = { ...scenario.hub, ...(quorum === undefined ? {} : { partitionTolerance: quorum(nodes) }) };
  return simulate({ seed, nodes, threads: 2, faults, actors: [Ledger], hub }, async (sim) => {
    const fromMs = sim.nowMs;
    const figures = await runLife(sim, scenario, acts);
    return { figures, marks: sim.marks, virtualMs: sim.nowMs - fromMs };
  });
}

function scenarioOf(seed: number): Scenario {
  return scenarios[seed % scenarios.length] as Scenario;
}
