import type { Simulation } from "../simulation.js";

/** P7: no mailbox holds more than its limit. */
export function checkBounds(sim: Simulation): string[] {
  return sim.cells().flatMap(({ place, cell }) => {
    const { mailbox } = cell.host.limits;
    return cell.waiting > mailbox ? [`P7: the mailbox of ${cell.id} at ${place} holds ${cell.waiting}, its limit is ${mailbox}`] : [];
  });
}
