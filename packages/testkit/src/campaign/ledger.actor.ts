/*
 * The actor of the campaign: its state depends on every message and on their order.
 * Without it a message that is lost, doubled or out of order would leave no trace in any state.
 */
import { defineActor } from "@process-hub/actor";
import { z } from "zod";
import { type ActorWorld, plainWorld } from "./world.js";

const Entry = z.strictObject({ n: z.int() });
const EntryTo = Entry.extend({ to: z.string() });

const floodSize = 12;

/** A module with a job: it doubles a number, and throws for a negative one. */
export const jobModule = `data:text/javascript,${encodeURIComponent(
  `export default (n) => { if (n < 0) throw new RangeError("as asked"); return n * 2; };`,
)}`;

/** The state of a ledger. */
const Sheet = z.strictObject({ count: z.int(), sum: z.int(), ballast: z.string().optional() });
type Sheet = z.infer<typeof Sheet>;

/** An actor whose state depends on every message and on their order; it talks to others of its kind, and starts and ends some. */
export const Ledger = ledger(plainWorld);

/** The same actor in a world. */
export function ledger(world: ActorWorld) {
  const made = defineActor({
    name: "ledger",
    module: import.meta.url,
    onError: world.onError,
    state: Sheet,
    init: (_, ctx) => {
      const first = { count: 0, sum: 0 };
      const begun = world.begins(ctx);
      return begun === undefined ? first : begun.then(() => first);
    },
  })
    .on("note", { input: Entry, output: z.int() }, (state, { n }) => {
      state.count++;
      state.sum = (Math.imul(state.sum, 31) + n) | 0;
      return state.count;
    })
    .on("slowly", { input: Entry, output: z.int() }, async (state, { n }) => {
      for (let turn = 0; turn < n % 7; turn++) await Promise.resolve();
      state.sum = (Math.imul(state.sum, 31) - n) | 0;
      return ++state.count;
    })
    .on("dwell", { input: Entry.extend({ ms: z.number() }) }, async (state, { n, ms }, ctx) => {
      await world.takes(ms, ctx);
      state.sum = (Math.imul(state.sum, 31) + 2 * n) | 0;
      state.count++;
    })
    .on("pass", { input: EntryTo }, (state, { n, to }, ctx) => {
      state.count++;
      ctx.ref(made, to).tell("note", { n });
    })
    .on("consult", { input: EntryTo, output: z.boolean() }, async (state, { n, to }, ctx) => {
      state.count++;
      try {
        await ctx.ref(made, to).ask("note", { n }, { timeoutMs: 2_000 });
        return true;
      } catch {
        return false;
      }
    })
    .on("later", { input: Entry.extend({ delayMs: z.number() }) }, (state, { n, delayMs }, ctx) => {
      state.count++;
      ctx.schedule(`later-${n % 3}`, delayMs, "note", { n });
    })
    .on(
      "found",
      { input: EntryTo.extend({ nodes: z.array(z.string()).optional() }), output: z.boolean() },
      async (state, { to, nodes }, ctx) => {
        state.count++;
        try {
          await ctx.start(made, { id: to, nodes });
          return true;
        } catch {
          return false;
        }
      },
    )
    .on("compute", { input: Entry, output: z.int() }, async (state, { n }, ctx) => {
      state.count++;
      return ctx.job<(n: number) => number>(jobModule, n).catch((error: unknown) => {
        if (error instanceof RangeError) return -1;
        throw error;
      });
    })
    .on("grow", { input: Entry.extend({ bytes: z.int() }) }, (state, { bytes }) => {
      state.count++;
      state.ballast = "b".repeat(bytes);
    })
    .on("flood", { input: EntryTo }, async (state, { n, to }, ctx) => {
      state.count++;
      const ref = ctx.ref(made, to);
      // One whose actor has no place for longer than it is waited for gives up, as its user would.
      for (let i = 0; i < floodSize; i++) if (!ref.tell("note", { n }) && (await ctx.ready()) === "away") return;
    })
    .on("retire", {}, (_, __, ctx) => ctx.stopSelf("as asked"))
    .on("fail", {}, () => {
      throw new RangeError("as asked");
    });
  return made;
}

/** The same actor in a world, with every step of a life, and a codec for its moves. */
export function wholeLedger(world: ActorWorld): ReturnType<typeof ledger> {
  const bare = ledger(world);
  return bare
    .lifecycle({
      started: (state) => {
        world.step("started");
        state.sum = (Math.imul(state.sum, 31) + 7) | 0;
      },
      stopping: async (_, __, ctx) => {
        world.step("stopping");
        await world.takes(100 * world.share(), ctx);
        ctx.ref(bare, "a-0").tell("note", { n: 0 });
      },
      signal: () => world.step("signal"),
      conflict: (mine, theirs) => {
        world.step("conflict");
        return { ...mine, count: Math.max(mine.count, theirs.count), sum: mine.sum ^ theirs.sum };
      },
    })
    .handoff({
      prepare: ({ count, sum, ballast }: Sheet): readonly [number, number, string?] => {
        world.step("prepare");
        return ballast === undefined ? [count, sum] : [count, sum, ballast];
      },
      restore: ([count, sum, ballast]) => {
        world.step("restore");
        return ballast === undefined ? { count, sum } : { count, sum, ballast };
      },
    });
}
