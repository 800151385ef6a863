import { simulate } from "../simulate.js";
import { Ledger } from "./ledger.actor.js";
import { type LifeFigures, live } from "./life.js";
import { regimes } from "./regimes.js";

/** What a campaign found. */
export interface CampaignResult {
  readonly seeds: number;
  readonly failures: readonly { readonly seed: number; readonly regime: string; readonly error: Error }[];
  readonly figures: LifeFigures;
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
  /** Looked at between seeds: true ends the campaign early. */
  readonly enough: () => boolean;
  readonly told?: (seed: number, error: Error | undefined) => void;
}

/** Lives one life per seed, each under the regime of its turn. Never rejects: failures are in the result. */
export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const failures: { readonly seed: number; readonly regime: string; readonly error: Error }[] = [];
  const figures: LifeFigures = { acts: 0, asks: 0, failedAsks: 0, moves: 0, refusedMoves: 0 };
  let seeds = 0;
  let virtualMs = 0;
  for (let seed = options.from; seed <= options.to && !options.enough(); seed++, seeds++) {
    const error = await one(seed, options, figures).then(
      (ms) => {
        virtualMs += ms;
        return undefined;
      },
      (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
    );
    if (error !== undefined) failures.push({ seed, regime: regimeOf(seed).name, error });
    options.told?.(seed, error);
  }
  return { seeds, failures, figures, virtualMs };
}

async function one(seed: number, { nodes: [min, max], acts }: CampaignOptions, sums: LifeFigures): Promise<number> {
  const regime = regimeOf(seed);
  const nodes = min + (Math.floor(seed / regimes.length) % (max - min + 1));
  return simulate({ seed, nodes, threads: 2, faults: regime.faults, actors: [Ledger], hub: regime.hub }, async (sim) => {
    const fromMs = sim.nowMs;
    const figures = await live(sim, regime, acts);
    for (const key of Object.keys(sums) as (keyof LifeFigures)[]) sums[key] += figures[key];
    return sim.nowMs - fromMs;
  });
}

function regimeOf(seed: number): (typeof regimes)[number] {
  return regimes[seed % regimes.length] as (typeof regimes)[number];
}
