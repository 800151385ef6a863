import { encode } from "@process-hub/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import { stage } from "../fixtures/stage.js";

const messages = ["add", "wait", "fail", "failLater", "unknown", "leave", "tick"] as const;
const pause = (ctx: { readonly signal: AbortSignal }): Promise<void> =>
  new Promise((resolve) => ctx.signal.addEventListener("abort", () => resolve()));

const Mixed = defineActor({ name: "mixed", module: "file:///mixed.js", state: z.object({ n: z.int() }), init: () => ({ n: 0 }) })
  .on("add", { output: z.int() }, (state) => ++state.n)
  .on("wait", {}, (_, __, ctx) => pause(ctx))
  .on("fail", {}, () => Promise.reject(new Error("x")))
  .on("failLater", {}, (_, __, ctx) => pause(ctx).then(() => Promise.reject(new Error("y"))))
  .on("leave", {}, (_, __, ctx) => ctx.stopSelf())
  .on("tick", {}, (_, __, ctx) => ctx.schedule("k", 5, "add"));

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      name: fc.constantFrom(...messages),
      ask: fc.boolean(),
      expires: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("seal", "unseal", "pack", "move", "stop") }) },
);

test("every message has one fate, whatever happens to its actor", async () => {
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 60 }),
    fc.constantFrom("permanent", "temporary"),
    async (steps, restart) => {
      const { host, cell, envelope, clock } = stage(Mixed, { restart, limits: { mailbox: 8 } });
      let taken = 0;
      let asked = 0;
      const gone: object[] = [];
      const answers = new Map<number, number>();
      cell.begin();
      for (const [number, action] of steps.entries()) {
        if (action.do === "send") {
          const ask = action.ask ? number + 1 : 0;
          if (ask !== 0) host.asks.set(ask, () => answers.set(ask, (answers.get(ask) ?? 0) + 1));
          if (cell.phase === "ended" && gone.length > 0) continue;
          taken++;
          asked += ask === 0 ? 0 : 1;
          cell.take(envelope(action.name, undefined, { ask, expiresAtMs: action.expires ? clock.now() + 20 : 0 }));
        } else if (action.do === "wait") await clock.run(action.ms);
        else if (action.do === "seal") void cell.seal(30);
        else if (action.do === "unseal") cell.unseal(cell.epoch + 1);
        else if (action.do === "pack" && cell.phase === "sealed" && cell.inHand === undefined) await cell.pack();
        else if (action.do === "move" && cell.phase === "sent") {
          const { moved, arrivals } = cell.depart();
          gone.push({}, ...moved, ...arrivals);
        } else if (action.do === "stop") cell.stop("stop", 20).catch(() => {});
      }
      await clock.run(0);
      const left = cell.waiting + Math.max(0, gone.length - 1) + (cell.inHand === undefined ? 0 : 1);
      const count = (name: "handled" | "refused" | "expired" | "deadLettered" | "sent"): number => host.counts.get(name) ?? 0;
      expect(count("handled") + count("refused") + count("expired") + count("deadLettered") + left).toBe(taken + count("sent"));
      expect(Math.max(1, ...answers.values())).toBe(1);
      expect(answers.size).toBeLessThanOrEqual(asked);
      if (cell.phase === "ended" && gone.length === 0) expect(answers.size + count("expired")).toBeGreaterThanOrEqual(asked);
      expect(host.counts.get("credit") ?? 0).toBe(
        taken -
          [...cell.mailbox].filter(({ via }) => via !== null).length -
          asideOwed(gone, cell.waiting, [...cell.mailbox].length),
      );
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

/** Messages kept aside, or handed to the source, still owe their credit. */
function asideOwed(gone: readonly object[], waiting: number, inMailbox: number): number {
  return gone.filter((mail) => "via" in mail && mail.via !== null).length + waiting - inMailbox;
}

test("in the order sent, for the messages of one sender, through a seal and back", async () => {
  const Ordered = defineActor({ name: "o", module: "file:///o.js", state: z.array(z.int()), init: () => [] })
    .on("put", { input: z.int() }, async (state, n) => void state.push(n))
    .on("read", {}, (state) => state);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom("put", "seal", "pack", "unseal", "run"), { maxLength: 80 }), async (steps) => {
      const { cell, envelope, ask, clock } = stage(Ordered, { limits: { mailbox: 1_000 } });
      let sent = 0;
      cell.begin();
      for (const action of [...steps, "unseal"]) {
        if (action === "put") cell.take(envelope("put", undefined, { payload: encode(sent++) }));
        else if (action === "seal") await cell.seal(100);
        else if (action === "pack" && cell.phase === "sealed") await cell.pack();
        else if (action === "unseal") cell.unseal(cell.epoch + 1);
        else if (action === "run") await clock.run(0);
      }
      await expect(ask("read")).resolves.toEqual(Array.from({ length: sent }, (_, i) => i));
    }),
    { numRuns: 200 },
  );
});
