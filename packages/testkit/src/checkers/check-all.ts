import type { Simulation } from "../simulation.js";
import { checkConservation } from "./conservation.js";
import { checkConvergence } from "./convergence.js";
import { checkRemoved } from "./removed.js";
import { checkReplay } from "./replay.js";
import { checkReplicas } from "./replicas.js";
import { checkSafety, epochsOverlap } from "./safety.js";
import { checkSettled } from "./settled.js";

/** Runs every checker over a simulation at rest. The promises that are broken, in words; none when all hold. */
export async function checkAll(sim: Simulation): Promise<string[]> {
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
