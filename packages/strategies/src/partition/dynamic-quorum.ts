import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";
import { majorityOf, WhilePaused } from "./while-paused.js";

/**
 * `percent`: the share of the known nodes that a side must have, default 50 (never less than more than half). `windowMs`: a node that was not seen
 * for so long is forgotten by a side that serves, default 600000. `whilePaused`: "stop" (default) or "freeze".
 */
export const DynamicQuorumSettings = z.strictObject({
  percent: z.number().min(1).max(100).default(50).describe("a number from 1 to 100"),
  windowMs: z.int().min(100).max(2_592_000_000).default(600_000).describe("whole milliseconds from 100 to 2592000000"),
  whilePaused: WhilePaused,
});
export type DynamicQuorumSettings = z.output<typeof DynamicQuorumSettings>;

const Known = z
  .strictObject({
    /** Each known node with the instant it was last seen. */
    seen: z.record(z.string(), z.number()).readonly(),
    /** How many nodes there are, while none is known. */
    expected: z.int(),
    /** How often an operator has set the size. */
    resets: z.int().nonnegative(),
    /** True until a known node was missing, or others told of one: this memory says no more than what is seen. */
    fresh: z.boolean(),
  })
  .readonly();
/** The nodes that count. */
type Known = z.infer<typeof Known>;

/**
 * Serves where at least `percent` of the nodes that were seen lately are, and more than half of them.
 * Without it a cluster that grows and shrinks by itself would have to be told its size, or would pause at each change.
 *
 * Nodes that go one by one, each longer than `windowMs` after the last, are forgotten: such a cluster serves down to two nodes. A cut is not
 * forgotten: a side that does not serve keeps all names for as long as it lasts, and those who join it meanwhile do not count.
 * A node that starts knows nobody; it counts those of whom the members it finds tell it, or, where none is missing, serves with whom it finds. After `hub.resetClusterSize` those count who are there once enough of that size are.
 *
 * @throws HubConfigError
 * @see Jajodia and Mutchler, "Dynamic voting algorithms for maintaining the consistency of a replicated database", 1990
 */
export const dynamicQuorum = defineStrategy({
  family: "partition",
  name: "dynamicQuorum",
  module: import.meta.url,
  settings: DynamicQuorumSettings,
  memory: Known,
  decide({ percent, windowMs, whilePaused }) {
    const enough = (present: number, total: number): boolean =>
      present >= Math.max(Math.ceil((total * percent) / 100), majorityOf(total));
    const serves = (names: readonly string[], { seen, expected }: Known): boolean => {
      const known = Object.keys(seen).length;
      if (known === 0) return enough(names.length, expected);
      return enough(names.filter((name) => Object.hasOwn(seen, name)).length, known);
    };
    return {
      initialMemory: Object.freeze<Known>({ seen: Object.freeze({}), expected: 1, resets: 0, fresh: true }),
      remember({ nodes }, memory, atMs, left = []): Known {
        const names = nodes.map(({ node }) => node);
        const stay = Object.entries(memory.seen).filter(([name]) => !left.includes(name));
        const before = { ...memory, seen: Object.fromEntries(stay) };
        const serving = serves(names, before);
        // A new node counts only where the known ones are enough already. Otherwise newcomers could outvote the nodes a side has lost.
        const counting = serving ? names : names.filter((name) => Object.hasOwn(before.seen, name));
        const seen = [...new Map([...stay, ...counting.map((name) => [name, atMs] as const)])];
        const kept = serving ? seen.filter(([, lastMs]) => atMs - lastMs <= windowMs) : seen;
        const fresh = memory.fresh && stay.every(([name]) => names.includes(name));
        return { ...before, seen: Object.fromEntries(kept), fresh };
      },
      verdict({ nodes }, memory) {
        const names = nodes.map(({ node }) => node);
        return serves(names, memory) ? "serve" : "pause";
      },
      reset: ({ resets }, size): Known => ({ seen: {}, expected: size, resets: resets + 1, fresh: false }),
      tell: (memory, atMs) => ({ ...memory, seen: shifted(memory.seen, (lastMs) => atMs - lastMs) }),
      learn(memory, told, atMs): Known {
        const { data } = Known.safeParse(told);
        if (data === undefined || data.resets < memory.resets) return memory;
        // Who has seen nodes go goes by that. To take over names from others could let newcomers outvote those that a side has lost.
        if (data.resets === memory.resets && (!memory.fresh || data.fresh)) return memory;
        return { ...data, seen: shifted(data.seen, (agoMs) => atMs - agoMs), fresh: false };
      },
      whilePaused,
    };
  },
});

function shifted(seen: Known["seen"], shift: (ms: number) => number): Known["seen"] {
  return Object.fromEntries(Object.entries(seen).map(([name, ms]) => [name, shift(ms)]));
}
