import { expect, test } from "vitest";
import { leaseTermMs, ServingLease } from "./serving-lease.js";

const ready = (): boolean => true;

test("a node without others serves without end", () => {
  const lease = new ServingLease(1_500, 1_000);
  lease.beat({ nowMs: 10, answeredAtMs: [], synchronised: true, ready });
  expect(lease.until[0]).toBe(Number.POSITIVE_INFINITY);
});

test("each beat renews it for its term while there are others", () => {
  const lease = new ServingLease(1_500, 1_000);
  lease.beat({ nowMs: 1_000, answeredAtMs: [900], synchronised: true, ready });
  expect(lease.until[0]).toBe(2_500);
  lease.beat({ nowMs: 1_500, answeredAtMs: [1_400], synchronised: true, ready });
  expect(lease.until[0]).toBe(3_000);
});

test("a node that had no others has a term from the moment one joins", () => {
  const lease = new ServingLease(1_500, 1_000);
  lease.joined(2_000);
  expect(lease.until[0]).toBe(3_500);
});

test("a node that slept past it is fenced until it has listened, everyone has answered, and it is synchronised, at two beats", () => {
  const lease = new ServingLease(1_500, 1_000);
  lease.beat({ nowMs: 1_000, answeredAtMs: [900, 900], synchronised: true, ready });
  expect(lease.beat({ nowMs: 9_000, answeredAtMs: [900, 900], synchronised: true, ready })).toBe(true);
  expect(lease.fenced).toBe(true);
  lease.beat({ nowMs: 9_500, answeredAtMs: [9_400, 9_400], synchronised: true, ready });
  expect(lease.fenced).toBe(true);
  lease.beat({ nowMs: 10_100, answeredAtMs: [10_000, 8_000], synchronised: true, ready });
  expect(lease.fenced).toBe(true);
  lease.beat({ nowMs: 10_200, answeredAtMs: [10_000, 10_000], synchronised: false, ready });
  expect(lease.fenced).toBe(true);
  expect(lease.until[0]).toBe(2_500);
  lease.beat({ nowMs: 10_300, answeredAtMs: [10_000, 10_000], synchronised: true, ready });
  expect(lease.fenced).toBe(true);
  lease.beat({ nowMs: 10_400, answeredAtMs: [10_000, 0], synchronised: true, ready });
  lease.beat({ nowMs: 10_500, answeredAtMs: [10_000, 10_450], synchronised: true, ready });
  expect(lease.fenced).toBe(true);
  expect(lease.beat({ nowMs: 10_600, answeredAtMs: [10_000, 10_450], synchronised: true, ready })).toBe(false);
  expect(lease.fenced).toBe(false);
  expect(lease.until[0]).toBe(12_100);
});

test("a fenced node that sleeps once more listens from the beginning", () => {
  const lease = new ServingLease(1_500, 1_000);
  const beat = (nowMs: number, answeredAtMs: number): boolean =>
    lease.beat({ nowMs, answeredAtMs: [answeredAtMs], synchronised: true, ready });
  beat(1_000, 900);
  beat(9_000, 900);
  beat(9_500, 9_100);
  beat(10_100, 9_600);
  for (const nowMs of [20_000, 20_500, 21_000]) beat(nowMs, 10_050);
  beat(21_500, 20_100);
  expect(lease.fenced).toBe(true);
  beat(22_000, 20_100);
  expect([lease.fenced, lease.until[0]]).toEqual([false, 23_500]);
});

test("a fenced node does not serve before its actors have the epochs they may go on under", () => {
  const lease = new ServingLease(1_500, 1_000);
  const asked: number[] = [];
  const beat = (nowMs: number, isReady: boolean): boolean =>
    lease.beat({ nowMs, answeredAtMs: [nowMs - 100], synchronised: true, ready: () => asked.push(nowMs) > 0 && isReady });
  beat(1_000, true);
  beat(9_000, true);
  expect([asked, lease.fenced]).toEqual([[], true]);
  for (const nowMs of [10_100, 10_600]) beat(nowMs, false);
  expect([asked, lease.fenced]).toEqual([[10_100, 10_600], true]);
  beat(11_100, true);
  expect(lease.fenced).toBe(false);
});

test("what others acknowledged renews it from when it was sent, and never shortens it; an end is at once", () => {
  const lease = new ServingLease(1_500, 1_000);
  lease.end();
  expect(lease.until[0]).toBe(0);
  lease.renew(1_000);
  lease.renew(500);
  expect(lease.until[0]).toBe(2_500);
});

test("with the longest intervals that are allowed a beat that comes late still finds it running", () => {
  expect([leaseTermMs(500, 2_000), leaseTermMs(500, 1_000)]).toEqual([1_500, 750]);
});
