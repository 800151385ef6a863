import { z } from "zod";

/** The `whilePaused` setting: whether actors are stopped, or kept in memory without running, while a node does not serve. */
export const WhilePaused = z.enum(["stop", "freeze"]).default("stop").describe('"stop" or "freeze"');

/**
 * The smallest number of nodes that two sides of a cut of so many nodes cannot both have.
 * Without one formula two quorums could round an even split differently, and both halves would serve.
 */
export function majorityOf(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}
