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
  /** How many of these went on from the state of a replica; absent: none. */
  resumed: z.int().positive().optional(),
  /** When it began, by the clock of the node that began it: for people. */
  bornAtMs: z.number(),
});
export type Life = z.infer<typeof Life>;

/** The name of the lineage of a life: that of the life that a user started. */
export function lineageOf({ name, root }: Life): string {
  return root ?? name;
}

/** A life that goes on from the state of a replica. */
export function resumed(life: Life): Life {
  return { ...life, resumed: (life.resumed ?? 0) + 1 };
}

/**
 * Which of two lives of an actor knows more, where one side of a cut alone may serve: above 0 the first, below 0 the second, 0: either may. It
 * is the one whose lineage has begun with `init` less often; of two of these the one that went on from a replica of the other.
 */
export function moreKnown(a: Life, b: Life): number {
  const breaks = (life: Life): number => life.restarts - (life.resumed ?? 0);
  return breaks(b) - breaks(a) || a.restarts - b.restarts;
}
