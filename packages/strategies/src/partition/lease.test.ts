import fc from "fast-check";
import { expect, test } from "vitest";
import { Lease, type LeaseWrite, type StoredLease } from "./lease.js";

const ttlMs = 1_000;
const rightsMs = () => 400;

test("a node that finds no record, or one that does not change, waits a whole time before it writes; a holder writes at once", () => {
  const lease = new Lease("a", ttlMs, rightsMs);
  expect(lease.due(5_000)).toBeUndefined();
  lease.seen({ revision: 0 }, 5_000);
  expect(lease.due(5_999)).toBeUndefined();
  const take = lease.due(6_000);
  expect(take).toEqual({ expected: 0, record: { holder: "a", by: "a", write: 1, term: 1 } });
  expect(lease.held(6_000)).toBeUndefined();
  lease.written(take as LeaseWrite, 7, 6_000);
  expect(lease.held(6_899)).toEqual({ untilMs: 6_900, settledAtMs: 5_400, term: 1 });
  expect(lease.held(6_900)).toBeUndefined();
  expect(lease.due(6_250)).toEqual({ expected: 7, record: { holder: "a", by: "a", write: 2, term: 1 } });
});

test("a renewal of another node begins the wait anew, and shows that it lives", () => {
  const lease = new Lease("a", ttlMs, rightsMs);
  lease.seen({ revision: 1, record: { holder: "b", by: "b", write: 1, term: 1 } }, 0);
  expect(lease.isOthers).toBe(false);
  lease.seen({ revision: 2, record: { holder: "b", by: "b", write: 2, term: 1 } }, 900);
  expect(lease.isOthers).toBe(true);
  expect(lease.due(1_899)).toBeUndefined();
  expect(lease.due(1_900)?.expected).toBe(2);
});

test("a lease that is handed over is over for the giver at once, and the heir's is settled when no right of the giver is left", () => {
  const [a, b] = [new Lease("a", ttlMs, rightsMs), new Lease("b", ttlMs, rightsMs)];
  a.seen({ revision: 0 }, 0);
  a.written(a.due(1_000) as LeaseWrite, 1, 1_000);
  const given = a.handOver("b", 1_100) as LeaseWrite;
  expect([a.held(1_100), a.handOver("b", 1_100)]).toEqual([undefined, undefined]);
  b.seen({ revision: 1, record: { holder: "a", by: "a", write: 1, term: 1 } }, 1_050);
  b.seen({ revision: 2, record: given.record }, 1_200);
  b.written(b.due(1_200) as LeaseWrite, 3, 1_200);
  expect(b.held(1_201)).toEqual({ untilMs: 2_100, settledAtMs: 1_600, term: 2 });
});

test("a write whose fate was not known is found by the next read: it does not unsettle the lease", () => {
  const lease = new Lease("a", ttlMs, rightsMs);
  lease.seen({ revision: 0 }, 0);
  const lost = lease.due(1_000) as LeaseWrite;
  lease.seen({ revision: 1, record: lost.record }, 1_500);
  expect(lease.held(1_500)).toBeUndefined();
  lease.written(lease.due(1_500) as LeaseWrite, 2, 1_500);
  expect(lease.held(1_500)?.settledAtMs).toBe(400);
});

/** What happens next to one of three nodes: each has a clock of its own, set as it likes and up to 2 % fast or slow. */
const Act = fc.record({
  node: fc.integer({ min: 0, max: 2 }),
  afterMs: fc.constantFrom(0, 0, 0, 5, 30, 250, 860, 1_000, 1_020),
  what: fc.constantFrom("read", "staleRead", "write", "write", "write", "answer", "handOver", "crash"),
  late: fc.boolean(),
});

test("no two nodes hold it at once, whatever is delayed, lost, read too late or handed over", { timeout: 60_000 }, () => {
  let held = 0;
  fc.assert(
    fc.property(
      fc.array(Act, { minLength: 20, maxLength: 120 }),
      fc.array(fc.integer({ min: 980, max: 1_020 }), { minLength: 3, maxLength: 3 }),
      (acts, rates) => {
        const history: StoredLease[] = [{ revision: 0 }];
        const stored = (): StoredLease => history.at(-1) as StoredLease;
        const lives = [0, 0, 0];
        const nodes = lives.map((_, i) => new Lease(`${i}@0`, ttlMs, rightsMs));
        const onTheWay: {
          readonly node: number;
          readonly lease: Lease;
          readonly write: LeaseWrite;
          readonly sentAtMs: number;
        }[] = [];
        let nowMs = 0;
        const clock = (node: number): number => (nowMs * (rates[node] ?? 1)) / 1_000 + node * 10_000;
        const apply = ({ lease, write, sentAtMs }: (typeof onTheWay)[number], answered: boolean): void => {
          if (write.expected !== stored().revision) return;
          history.push({ revision: write.expected + 1, record: write.record });
          if (answered) lease.written(write, write.expected + 1, sentAtMs);
        };
        for (const { node, afterMs, what, late } of acts) {
          nowMs += afterMs;
          const lease = nodes[node] as Lease;
          switch (what) {
            case "read":
              lease.seen(stored(), clock(node));
              break;
            case "staleRead":
              lease.seen(history.at(-2) ?? stored(), clock(node));
              break;
            case "write": {
              const sentAtMs = clock(node);
              const write = lease.due(sentAtMs);
              if (write === undefined) break;
              if (late) onTheWay.push({ node, lease, write, sentAtMs });
              else apply({ node, lease, write, sentAtMs }, true);
              break;
            }
            case "answer": {
              const first = onTheWay.shift();
              if (first !== undefined) apply(first, late && nodes[first.node] === first.lease);
              break;
            }
            case "handOver": {
              const sentAtMs = clock(node);
              const write = lease.handOver(`${(node + 1) % 3}@${lives[(node + 1) % 3]}`, sentAtMs);
              if (write !== undefined) apply({ node, lease, write, sentAtMs }, false);
              break;
            }
            case "crash":
              lives[node] = (lives[node] ?? 0) + 1;
              nodes[node] = new Lease(`${node}@${lives[node]}`, ttlMs, rightsMs);
              break;
            default:
              what satisfies never;
          }
          const holders = nodes.filter((one, i) => one.held(clock(i)) !== undefined);
          expect(holders.length).toBeLessThan(2);
          held += holders.length;
        }
      },
    ),
    { numRuns: 2_000 },
  );
  expect(held).toBeGreaterThan(1_000);
});
