/**
 * Which life of an actor one is, by names and counts: no clock decides which of two lives is the older.
 * Without it nodes whose clocks differ would keep the wrong one of two duplicates, or revive an actor that was stopped.
 */
import { z } from "zod";

/**
 * One life of an actor, from a start to its end, over any number of moves. A user's start begins a lineage; every restart by the hub, as after
 * a death, begins another life of the same lineage.
 */
export const Life = z.strictObject({
  /** No other life has it. */
  name: z.string().min(1),
  /** The name of the life that its lineage began with; absent: its own. */
  root: z.string().min(1).optional(),
  /** How many restarts its lineage had before it, this one included. */
  restarts: z.int().nonnegative(),
  /** When it began, by the clock of the node that began it: for people. */
  bornAtMs: z.number(),
});
export type Life = z.infer<typeof Life>;

/** The name of the lineage of a life: that of the life that a user started. */
export function lineageOf({ name, root }: Life): string {
  return root ?? name;
}
