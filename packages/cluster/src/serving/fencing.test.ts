import { expect, test } from "vitest";
import { Stage } from "../fixtures/stage.js";
import { Fencing } from "./fencing.js";
import { ServingLease } from "./serving-lease.js";

function staged() {
  const stage = new Stage(["b"]);
  const lease = new ServingLease(stage.clock, 1_500, 1_000);
  const renumbered: unknown[] = [];
  const calls: string[] = [];
  const answered = { atMs: 0 };
  const fencing = new Fencing({
    ...stage,
    lease,
    membership: {
      get answeredAtMs() {
        return [answered.atMs];
      },
      announce: () => void calls.push("announce"),
    },
    log: stage.hooks.log,
    lives: (place) => stage.group.has(place),
    renumber: (records, epoch) => void renumbered.push(...records.map(({ spec: { id } }) => ({ id, epoch }))),
    resumed: () => void calls.push("resumed"),
  });
  lease.joined();
  const beat = (): void => fencing.beat();
  const beats = (count: number, everyMs: number): void => {
    for (let i = 0; i < count; i++) {
      stage.clock.stall(everyMs);
      beat();
    }
  };
  return { ...stage, stage, fencing, lease, renumbered, calls, answered, beat, beats };
}

test("a node that beats in time is never fenced", () => {
  const { lease, calls, beats } = staged();
  beats(10, 500);
  expect([lease.fenced, calls]).toEqual([false, []]);
});

test("one that slept past its lease asks all, and serves again when they have answered and it knows what they know", () => {
  const { stage, clock, lease, sync, calls, answered, beat } = staged();
  clock.stall(5_000);
  beat();
  expect([lease.fenced, calls, stage.told("log")]).toMatchObject([true, ["announce"], [{ level: "warn" }]]);
  clock.stall(1_100);
  beat();
  expect(lease.fenced).toBe(true);
  answered.atMs = clock.now();
  sync.isComplete = false;
  beat();
  sync.isComplete = true;
  clock.stall(100);
  beat();
  expect(lease.fenced).toBe(true);
  clock.stall(100);
  beat();
  expect([lease.fenced, calls.at(-1)]).toEqual([false, "resumed"]);
});

test("one that was given up while it slept goes on above all epochs that others may have used", () => {
  const { stage, clock, fencing, lease, renumbered, answered, beat, beats } = staged();
  stage.runs("x", 4);
  clock.stall(5_000);
  fencing.memberLeft();
  beat();
  clock.stall(1_100);
  answered.atMs = clock.now();
  beats(3, 100);
  expect([lease.fenced, renumbered[0]]).toEqual([true, { id: "x", epoch: 1_004 }]);
  stage.runs("x", 1_004);
  beats(2, 100);
  expect(lease.fenced).toBe(false);
});

test("an actor whose thread never takes its epoch does not keep the node fenced for ever", () => {
  const { stage, clock, fencing, lease, answered, beat, beats } = staged();
  stage.runs("x", 4);
  clock.stall(5_000);
  fencing.memberLeft();
  beat();
  clock.stall(1_100);
  answered.atMs = clock.now();
  beats(12, 100);
  expect(lease.fenced).toBe(false);
});
