import { z } from "zod";

/** The `whilePaused` setting: whether actors are stopped, or kept in memory without running, while a node does not serve. */
export const WhilePaused = z.enum(["stop", "freeze"]).default("stop").describe('"stop" or "freeze"');

/** The smallest number of nodes that two sides of a cut of so many nodes cannot both have. */
export function majorityOf(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}
