import type { LentLease, NodeCard } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Stage } from "../fixtures/stage.js";
import type { Acknowledged } from "./acknowledgements.js";
import { Arbitration } from "./arbitration.js";

function staged() {
  const stage = new Stage(["b", "c"]);
  const calls: string[] = [];
  let held: { readonly untilMs: number; readonly settledAtMs: number; readonly term: number } | undefined;
  const arbitration = new Arbitration({
    hub: "lab",
    local: stage.local,
    arbiter: {
      open: async ({ life }) => {
        calls.push(`open ${life}`);
        return {
          held: () => held,
          look: () => void calls.push("look"),
          close: async (heir) => void calls.push(`close for ${heir}`),
        };
      },
    },
    clock: stage.clock,
    membership: { peers: stage.peers, beat: () => void calls.push("beat"), longest: () => 2_000 },
    log: stage.hooks.log,
  });
  const hold = (given: typeof held): void => {
    held = given;
  };
  return { ...stage, stage, arbitration, calls, hold };
}

const rest = (sentAtMs: number, ...lent: LentLease[]): Acknowledged => ({
  sentAt: { nowMs: sentAtMs, wallMs: sentAtMs },
  by: [],
  lent,
});

test("heartbeats count for as long as the lease of who acknowledged them lasts, from when they were sent", async () => {
  const { arbitration, clock } = staged();
  await arbitration.open();
  const nowMs = clock.now();
  const lent = { forMs: 1_000, settled: true, term: 3 };
  expect(arbitration.backed([rest(nowMs - 400, lent)], false)).toMatchObject([{ forMs: 1_000, term: 3 }]);
  expect(arbitration.backed([rest(nowMs - 1_000, lent)], false)).toEqual([]);
  expect(arbitration.backed([rest(nowMs)], false)).toEqual([]);
});

test("time for which the machine was suspended counts", async () => {
  const { arbitration, clock } = staged();
  await arbitration.open();
  const some = [rest(clock.now(), { forMs: 1_000, settled: true, term: 3 })];
  expect(arbitration.backed(some, false)).toHaveLength(1);
  clock.wallAheadMs = 1_000;
  expect(arbitration.backed(some, false)).toEqual([]);
});

test("of two leases the later term counts, and where a node is to return only one that is settled", async () => {
  const { arbitration, clock } = staged();
  await arbitration.open();
  const older = { forMs: 5_000, settled: true, term: 3 };
  const newer = { forMs: 500, settled: false, term: 4 };
  const some = [rest(clock.now(), older, newer)];
  expect(arbitration.backed(some, false)).toMatchObject([{ term: 4 }]);
  expect(arbitration.backed(some, true)).toMatchObject([{ term: 3 }]);
});

test("the holder's own lease counts from now, and is lent with its heartbeats", async () => {
  const { arbitration, clock, hold } = staged();
  await arbitration.open();
  const nowMs = clock.now();
  hold({ untilMs: nowMs + 700, settledAtMs: nowMs + 100, term: 5 });
  expect(arbitration.lends()).toEqual({ forMs: 700, settled: false, term: 5 });
  expect(arbitration.backed([rest(nowMs - 50)], false)).toMatchObject([{ forMs: 750, term: 5 }]);
  await clock.run(100);
  expect(arbitration.lends()).toEqual({ forMs: 600, settled: true, term: 5 });
});

test("when who lent the lease lends it no more, the store is looked at at once", async () => {
  const { arbitration, calls, peers } = staged();
  await arbitration.open();
  const [b, c] = peers as [NodeCard, NodeCard];
  arbitration.heard(b, { forMs: 1, settled: true, term: 1 });
  arbitration.heard(c, undefined);
  expect(calls).toEqual(["open a@a1"]);
  arbitration.heard(b, undefined);
  expect(calls.at(-1)).toBe("look");
});

test("it is looked at again with each heartbeat, until another lends: a hand-over takes its time", async () => {
  const { arbitration, calls, peers } = staged();
  await arbitration.open();
  const [b, c] = peers as [NodeCard, NodeCard];
  arbitration.heard(b, { forMs: 1, settled: true, term: 1 });
  arbitration.heard(b, undefined);
  arbitration.heard(b, undefined);
  expect(calls.slice(1)).toEqual(["look", "look"]);
  arbitration.heard(c, { forMs: 1, settled: true, term: 2 });
  arbitration.heard(b, undefined);
  expect(calls.slice(1)).toEqual(["look", "look"]);
});

test("a node that leaves hands the lease to the member that has been there for longest, and says so", async () => {
  const { arbitration, calls, peers } = staged();
  await arbitration.open();
  const [b, c] = peers as [NodeCard, NodeCard];
  peers.splice(0, 2, { ...b, joinedAtMs: 9 }, { ...c, joinedAtMs: 5 }, { ...c, node: "d", joinedAtMs: 1, draining: true });
  await arbitration.close();
  expect(calls.slice(1)).toEqual(["close for c@c1", "beat"]);
  await arbitration.close();
  expect(calls).toHaveLength(3);
});

test("without an arbiter all heartbeats count without end", () => {
  const { stage } = staged();
  const none = new Arbitration({
    hub: "lab",
    local: stage.local,
    arbiter: undefined,
    clock: stage.clock,
    membership: { peers: [], beat: () => {}, longest: () => 1 },
    log: stage.hooks.log,
  });
  expect(none.backed([rest(7)], true)).toMatchObject([{ sentAt: { nowMs: 7 }, forMs: Number.POSITIVE_INFINITY, term: 0 }]);
});
