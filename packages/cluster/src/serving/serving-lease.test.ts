import { expect, test } from "vitest";
import { type LeaseBeat, leaseTermMs, ServingLease } from "./serving-lease.js";

const ready = (): boolean => true;

function scene() {
  const time = { nowMs: 0, sleptMs: 0 };
  const lease = new ServingLease({ now: () => time.nowMs, wallMs: () => time.nowMs + time.sleptMs }, 1_500, 1_000);
  const beatAt = ({ nowMs, ...beat }: LeaseBeat & { readonly nowMs: number }): boolean => {
    time.nowMs = nowMs;
    return lease.beat(beat);
  };
  return { time, lease, beatAt };
}

test("a node without others serves without end", () => {
  const { lease, beatAt } = scene();
  beatAt({ nowMs: 10, answeredAtMs: [], synchronised: true, ready });
  expect(lease.until[0]).toBe(Number.POSITIVE_INFINITY);
});

test("each beat renews it for its term while there are others", () => {
  const { lease, beatAt } = scene();
  beatAt({ nowMs: 1_000, answeredAtMs: [900], synchronised: true, ready });
  expect(lease.until[0]).toBe(2_500);
  beatAt({ nowMs: 1_500, answeredAtMs: [1_400], synchronised: true, ready });
  expect(lease.until[0]).toBe(3_000);
});

test("a node that had no others has a term from the moment one joins", () => {
  const { time, lease } = scene();
  time.nowMs = 2_000;
  lease.joined();
  expect(lease.until[0]).toBe(3_500);
});

test("a node that slept past it is fenced until it has listened, everyone has answered, and it is synchronised, at two beats", () => {
  const { lease, beatAt } = scene();
  beatAt({ nowMs: 1_000, answeredAtMs: [900, 900], synchronised: true, ready });
  expect(beatAt({ nowMs: 9_000, answeredAtMs: [900, 900], synchronised: true, ready })).toBe(true);
  expect(lease.fenced).toBe(true);
  beatAt({ nowMs: 9_500, answeredAtMs: [9_400, 9_400], synchronised: true, ready });
  expect(lease.fenced).toBe(true);
  beatAt({ nowMs: 10_100, answeredAtMs: [10_000, 8_000], synchronised: true, ready });
  expect(lease.fenced).toBe(true);
  beatAt({ nowMs: 10_200, answeredAtMs: [10_000, 10_000], synchronised: false, ready });
  expect(lease.fenced).toBe(true);
  expect(lease.until[0]).toBe(2_500);
  beatAt({ nowMs: 10_300, answeredAtMs: [10_000, 10_000], synchronised: true, ready });
  expect(lease.fenced).toBe(true);
  beatAt({ nowMs: 10_400, answeredAtMs: [10_000, 0], synchronised: true, ready });
  beatAt({ nowMs: 10_500, answeredAtMs: [10_000, 10_450], synchronised: true, ready });
  expect(lease.fenced).toBe(true);
  expect(beatAt({ nowMs: 10_600, answeredAtMs: [10_000, 10_450], synchronised: true, ready })).toBe(false);
  expect(lease.fenced).toBe(false);
  expect(lease.until[0]).toBe(12_100);
});

test("a fenced node that sleeps once more listens from the beginning", () => {
  const { lease, beatAt } = scene();
  const beat = (nowMs: number, answeredAtMs: number): boolean =>
    beatAt({ nowMs, answeredAtMs: [answeredAtMs], synchronised: true, ready });
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
  const { lease, beatAt } = scene();
  const asked: number[] = [];
  const beat = (nowMs: number, isReady: boolean): boolean =>
    beatAt({ nowMs, answeredAtMs: [nowMs - 100], synchronised: true, ready: () => asked.push(nowMs) > 0 && isReady });
  beat(1_000, true);
  beat(9_000, true);
  expect([asked, lease.fenced]).toEqual([[], true]);
  for (const nowMs of [10_100, 10_600]) beat(nowMs, false);
  expect([asked, lease.fenced]).toEqual([[10_100, 10_600], true]);
  beat(11_100, true);
  expect(lease.fenced).toBe(false);
});

test("what others acknowledged renews it from when it was sent, and never shortens it; an end is at once", () => {
  const { lease } = scene();
  lease.end();
  expect(lease.until[0]).toBe(0);
  lease.renew({ nowMs: 1_000, wallMs: 1_000 });
  lease.renew({ nowMs: 500, wallMs: 500 });
  expect([...lease.until]).toEqual([2_500, 2_500]);
});

test("with the longest intervals that are allowed a beat that comes late still finds it running", () => {
  expect([leaseTermMs(500, 2_000), leaseTermMs(500, 1_000)]).toEqual([1_500, 750]);
});

test("a suspended machine's monotonic clock stands still: the lease ends by its wall clock, and fences", () => {
  const { time, lease, beatAt } = scene();
  beatAt({ nowMs: 1_000, answeredAtMs: [900], synchronised: true, ready });
  time.nowMs = 1_200;
  expect([lease.holds, lease.heldAtMs]).toEqual([true, 1_200]);
  time.sleptMs = 10_000;
  // When it was suspended after the last renewal, nobody can say.
  expect([lease.holds, lease.heldAtMs]).toEqual([false, 1_000]);
  expect(beatAt({ nowMs: 1_210, answeredAtMs: [900], synchronised: true, ready })).toBe(true);
  expect(lease.fenced).toBe(true);
});

test("what was acknowledged of before a suspension renews nothing; a wall clock that was set back changes nothing", () => {
  const { time, lease } = scene();
  const sent = { nowMs: 1_000, wallMs: 1_000 };
  Object.assign(time, { nowMs: 1_100, sleptMs: 10_000 });
  lease.end();
  lease.renew(sent);
  expect(lease.holds).toBe(false);
  lease.renew({ nowMs: 1_050, wallMs: 11_050 });
  expect(lease.holds).toBe(true);
  time.sleptMs = -3_600_000;
  lease.renew({ nowMs: 1_060, wallMs: 1_060 - 3_600_000 });
  time.sleptMs = -3_590_000;
  expect(lease.holds).toBe(false);
});
