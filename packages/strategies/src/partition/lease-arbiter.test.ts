import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import type { LeaseWrite, StoredLease } from "./lease.js";
import { leaseArbiter } from "./lease-arbiter.js";

const ttlMs = 1_000;

test("a keeper that is asked to look while its store has yet to answer looks again at once", async () => {
  const clock = new VirtualClock(0);
  const reads: ((stored: StoredLease) => void)[] = [];
  const store = {
    read: () => new Promise<StoredLease>((resolve) => void reads.push(resolve)),
    write: async () => undefined,
    close: async () => {},
  };
  const about = { hub: "h", node: "a", life: "a@1", clock, rightsMs: () => 100, gained: () => {}, log: () => {} };
  const opened = leaseArbiter({ ttlMs, store: async () => store }).open(about);
  const answer = async (write: number): Promise<void> => {
    reads.at(-1)?.({ revision: write, record: { holder: "b@1", by: "b@1", write, term: 1 } });
    for (let n = 0; n < 10; n++) await Promise.resolve();
  };
  await expect.poll(() => reads.length).toBe(1);
  await answer(1);
  clock.pass(ttlMs / 4);
  await expect.poll(() => reads.length).toBe(2);
  await answer(2);
  const keeper = await opened;
  clock.pass(ttlMs / 4);
  await expect.poll(() => reads.length).toBe(3);
  keeper.look();
  await answer(3);
  expect(reads.length).toBe(4);
  await keeper.close(undefined);
});

test("a lease is over for its holder when its time has passed by either clock: a suspended machine's monotonic one stands still", async () => {
  const clock = new VirtualClock(0);
  let stored: StoredLease = { revision: 0 };
  const store = {
    read: async () => stored,
    write: async ({ record }: LeaseWrite) => {
      stored = { revision: stored.revision + 1, record };
      return stored.revision;
    },
    close: async () => {},
  };
  const about = { hub: "h", node: "a", life: "a@1", clock, rightsMs: () => 100, gained: () => {}, log: () => {} };
  const opened = leaseArbiter({ ttlMs, store: async () => store }).open(about);
  await clock.run(ttlMs * 1.5);
  const keeper = await opened;
  const leftMs = (): number => (keeper.held()?.untilMs ?? clock.now()) - clock.now();
  const wholeMs = leftMs();
  expect(wholeMs).toBeGreaterThan(300);
  clock.wallAheadMs = 300;
  expect(leftMs()).toBeCloseTo(wholeMs - 300);
  clock.wallAheadMs = wholeMs;
  expect(keeper.held()).toBeUndefined();
  await keeper.close(undefined);
});

test("a keeper that closes while it renews hands the lease over after that: the store would refuse a write that did not know of it", async () => {
  const clock = new VirtualClock(0);
  let stored: StoredLease = { revision: 0 };
  let slowly = (): Promise<void> => Promise.resolve();
  const store = {
    read: async () => stored,
    write: async ({ expected, record }: LeaseWrite) => {
      await slowly();
      if (expected !== stored.revision) return undefined;
      stored = { revision: expected + 1, record };
      return stored.revision;
    },
    close: async () => {},
  };
  const about = { hub: "h", node: "a", life: "a@1", clock, rightsMs: () => 100, gained: () => {}, log: () => {} };
  const opened = leaseArbiter({ ttlMs, store: async () => store }).open(about);
  await clock.run(ttlMs * 1.5);
  const keeper = await opened;
  const { revision } = stored;
  let goOn = (): void => {};
  slowly = () => new Promise((resolve) => (goOn = resolve));
  await clock.run(ttlMs / 4);
  const closed = keeper.close("b@1");
  slowly = () => Promise.resolve();
  goOn();
  await closed;
  expect(stored).toMatchObject({ revision: revision + 2, record: { holder: "b@1" } });
});
