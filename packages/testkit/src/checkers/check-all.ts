import type { Simulation } from "../simulation.js";
import { checkActivation } from "./activation.js";
import { checkBounds } from "./bounds.js";
import { checkConservation } from "./conservation.js";
import { checkConvergence } from "./convergence.js";
import { checkOrder } from "./order.js";
import { checkReplay } from "./replay.js";
import { checkSettled } from "./settled.js";

/** Runs every checker over a simulation at rest. The promises that are broken, in words; none when all hold. */
export async function checkAll(sim: Simulation): Promise<string[]> {
  const { events } = sim.history;
  const overlap = events.some((event) => event.kind === "fault" && /^(cut|freeze)/.test(event.what));
  return [
    ...checkActivation(events, overlap),
    ...checkOrder(events, overlap),
    ...checkConservation(sim),
    ...checkSettled(sim),
    ...checkConvergence(sim),
    ...checkBounds(sim),
    ...(await checkReplay(sim)),
  ];
}
