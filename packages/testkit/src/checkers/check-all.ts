/*
 * Runs every checker over a cluster at rest.
 * Without it a test would choose its checks, and miss the promise that it breaks.
 */
import { type Accounts, checkConservation } from "./conservation.js";
import { checkConvergence, type Registries } from "./convergence.js";
import { epochsOverlap } from "./overlap.js";
import { checkRemoved, type Survivors } from "./removed.js";
import { checkReplay, type Replayable } from "./replay.js";
import { type Copies, checkReplicas } from "./replicas.js";
import { checkSafety } from "./safety.js";
import { type AtRest, checkSettled } from "./settled.js";

/** A cluster at rest, as all checkers together read it: a `Simulation` is one. */
export type ClusterAtRest = Accounts &
  AtRest &
  Registries &
  Copies &
  Survivors &
  Replayable & {
    /** The bounds that were broken at any time, in words. */
    readonly overfull: readonly string[];
  };

/** Runs every checker over a simulation at rest. Resolves with the broken promises, in words; empty when all hold. */
export async function checkAll(sim: ClusterAtRest): Promise<string[]> {
  const { events } = sim.history;
  return [
    ...checkSafety(events, epochsOverlap(events)),
    ...checkConservation(sim),
    ...checkSettled(sim),
    ...checkConvergence(sim),
    ...checkReplicas(sim),
    ...checkRemoved(sim),
    ...sim.overfull,
    ...(await checkReplay(sim)),
  ];
}
