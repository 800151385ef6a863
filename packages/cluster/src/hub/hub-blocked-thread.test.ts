import { child } from "@process-hub/actor";
import type { ThreadControl } from "@process-hub/protocol";
import { hotSwap } from "@process-hub/strategies";
import { InlineThread } from "@process-hub/threads/inline";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Awkward, Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";

let lab: Lab;
let isBlocked = false;
beforeEach(() => {
  lab = new Lab();
  isBlocked = false;
  const start = InlineThread.prototype.start;
  vi.spyOn(InlineThread.prototype, "start").mockImplementation(async function (this: InlineThread) {
    const control = await start.call(this);
    const unlessBlocked = <T>(call: Promise<T>): Promise<T> => (isBlocked ? new Promise(() => {}) : call);
    return {
      ...control,
      stop: (...order: Parameters<ThreadControl["stop"]>) => unlessBlocked(control.stop(...order)),
      move: (...order: Parameters<ThreadControl["move"]>) => unlessBlocked(control.move(...order)),
      depths: () => unlessBlocked(control.depths()),
    };
  });
});
afterEach(() => lab.close().finally(() => vi.restoreAllMocks()));

test("a stop and a move that a blocked thread does not answer end with an error that names the thread and its node as users do", async () => {
  const hub = await lab.hub("a", {
    migration: hotSwap(),
    threads: 2,
    timings: { stuckAfterMs: 100, handoffTimeoutMs: 200, shutdownTimeoutMs: 100 },
  });
  await hub.start(Counter, { id: "c" });
  const thread = hub.lookup("c")?.replicas[0]?.thread ?? -1;
  isBlocked = true;
  const [moved, stopped] = await Promise.all([
    hub.move("c", { node: "a", thread: 1 - thread }).catch((error: Error) => error),
    hub.stop("c", { timeoutMs: 50 }).catch((error: Error) => error),
  ]);
  const texts = [moved, stopped].map((error) => (error as Error).message);
  expect(texts[0]).toMatch(
    new RegExp(`thread ${thread} of node a has not answered for \\d+ ms.*; the move of actor c may still take place`),
  );
  expect(texts[1]).toMatch(new RegExp(`thread ${thread} of node a did not answer a stop within \\d+ ms`));
  expect(texts.join()).not.toMatch(/@/);
});

test("a drain by force says of what a blocked thread did not answer that it may yet be stopped", async () => {
  const hub = await lab.hub("a", { threads: 1, timings: { stopTimeoutMs: 50, shutdownTimeoutMs: 100 } });
  await hub.start(Counter, { id: "c" });
  isBlocked = true;
  const { moved, ended, errors } = await hub.drain({ deadlineMs: 20, force: true });
  expect([moved, ended]).toEqual([[], []]);
  expect(errors).toMatchObject([{ id: "c", error: { code: "AskTimeout" } }]);
  expect(errors[0]?.error.message).toContain("the stop may still take place");
});

test("a rollback that cannot stop what it started says so", async () => {
  const hub = await lab.hub("a", { threads: 1, timings: { stopTimeoutMs: 50, shutdownTimeoutMs: 100 } });
  isBlocked = true;
  const batch = [child(Counter, { id: "c" }), child(Awkward, { id: "bad", args: { fail: true } })];
  const result = await hub.startChildren(batch, { onFailure: "rollback" });
  expect([result.rolledBack, result.ids, result.errors.map(({ id }) => id)]).toEqual([false, ["c"], ["bad", "c"]]);
  expect(result.ref("c").id).toBe("c");
});

test("a close names the actors of a blocked thread, by its deadline", async () => {
  const hub = await lab.hub("a", { threads: 1 });
  await hub.start(Counter, { id: "c" });
  isBlocked = true;
  const fromMs = performance.now();
  expect(await hub.close({ deadlineMs: 200 })).toEqual({ ended: ["c"] });
  expect(performance.now() - fromMs).toBeLessThan(300);
});
