import { HandoffFailed, type MoveOutcome, type RegistryRecord, StartFailed, sliceSize, toWireError } from "@process-hub/protocol";
import { clusterView } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Stage } from "../fixtures/stage.js";
import { Draining } from "./draining.js";

/** A drain of a node; each move ends as the test says, or goes on until the test ends it. */
function staged() {
  const stage = new Stage(["b", "c"]);
  const moves: { readonly ids: readonly string[]; readonly to: string; readonly sealMs: number | undefined }[] = [];
  const lease = { fenced: false };
  const redistribution = { isRunning: false };
  const errors = new Map<string, HandoffFailed>();
  const slow = new Map<string, () => void>();
  const draining = new Draining({
    ...stage,
    lease,
    redistribution,
    mover: {
      lane: () => "lane",
      move: async (ids, to, _thread, { sealMs } = {}) => {
        moves.push({ ids, to, sealMs });
        await Promise.all(ids.map((id) => slow.has(id) && new Promise<void>((resolve) => slow.set(id, resolve))));
        return ids.map((id): MoveOutcome => {
          const error = errors.get(id);
          if (error !== undefined) return { id, error: toWireError(error) };
          stage.registry.publish([{ op: "drop", id, epoch: 9, ended: false }]);
          return { id };
        });
      },
    },
  });
  const runs = (id: string, owner: string): RegistryRecord => {
    stage.ownership.owners.set(id, owner);
    return stage.runs(id, 1);
  };
  const drain = (ms: number) => {
    const homeless: string[] = [];
    const state: { left: [string, string][] | undefined } = { left: undefined };
    void draining
      .handOver(stage.clock.now() + ms, (records) => {
        homeless.push(...records.map(({ spec }) => spec.id));
        stage.registry.publish(records.map((record) => ({ op: "put", record: { ...record, state: "down" } })));
      })
      .then((errors) => errors())
      .then((left) => (state.left = [...left].map(([id, { message }]) => [id, message])));
    return { homeless, state };
  };
  return { ...stage, draining, moves, lease, redistribution, errors, slow, runs, drain };
}

test("no more begin in a second than are wanted, and what is not begun at the deadline is named", async () => {
  const { runs, registry, draining, moves, clock } = staged();
  for (let i = 0; i < 30; i++) runs(`x${i}`, "b");
  const begun = (): number => moves.reduce((sum, { ids }) => sum + ids.length, 0);
  const over = draining.handOver(clock.now() + 2_000, undefined, { perSecond: 10 });
  const counts: number[] = [];
  for (let s = 0; s < 4; s++) {
    await clock.run(500);
    counts.push(begun());
  }
  for (const [i, count] of counts.entries()) expect(Math.abs(count - (i + 1) * 5)).toBeLessThanOrEqual(3);
  const left = await (await over)();
  expect([left.size, registry.count("a")]).toEqual([30 - begun(), 30 - begun()]);
});

test("one that puts off its move is asked again when it said, which counts as no refusal", async () => {
  const { runs, errors, draining, moves, clock } = staged();
  runs("x", "b");
  errors.set("x", new HandoffFailed("later", { step: "consent", deferMs: 1_000 }));
  const over = draining.handOver(clock.now() + 10_000, undefined, { why: "drain" });
  await clock.run(8_500);
  expect(moves.length).toBeGreaterThanOrEqual(8);
  expect(moves.length).toBeLessThanOrEqual(10);
  errors.clear();
  await clock.run(1_700);
  expect((await (await over)()).size).toBe(0);
});

test("all go to their owners, and it is over when none is left", async () => {
  const { runs, drain, moves, clock } = staged();
  for (const [id, owner] of [
    ["x", "b"],
    ["y", "c"],
    ["z", "b"],
  ] as const)
    runs(id, owner);
  const { state } = drain(1_000);
  await clock.run(0);
  expect(moves).toEqual([
    { ids: ["x", "z"], to: "b", sealMs: 250 },
    { ids: ["y"], to: "c", sealMs: 250 },
  ]);
  expect(state.left).toEqual([]);
});

test("one that takes long keeps neither the others nor what comes meanwhile, and is named at the deadline", async () => {
  const { runs, drain, moves, slow, clock, timings } = staged();
  runs("x", "b");
  slow.set("x", () => {});
  const { state } = drain(1_000);
  await clock.run(0);
  runs("y", "b");
  await clock.run(timings.markerRetryMs);
  expect(moves.map(({ ids }) => ids)).toEqual([["x"], ["y"]]);
  await clock.run(1_000 - timings.markerRetryMs - 1);
  expect(state.left).toBeUndefined();
  await clock.run(1);
  expect(state.left).toMatchObject([
    ["x", expect.stringMatching(/had not left node a at the deadline; .* may still take place/)],
  ]);
});

test("more than one turn takes are named in slices, but not one that ends between two", async () => {
  const { draining, runs, slow, registry, clock } = staged();
  const many = Array.from({ length: sliceSize + 2 }, (_, i) => `m${i}`);
  for (const id of many) runs(id, "b");
  for (const id of many) slow.set(id, () => {});
  const over = draining.handOver(clock.now() + 1_000);
  await clock.run(1_000);
  const errors = (await over)();
  registry.publish([{ op: "drop", id: `m${sliceSize + 1}`, epoch: 1, ended: true }]);
  await clock.run(0);
  expect([...(await errors).keys()]).toEqual(many.slice(0, -1));
});

test("one that is refused is tried again after a pause, a few times", async () => {
  const { runs, drain, moves, errors, clock, timings } = staged();
  for (const id of ["x", "y"]) runs(id, "b");
  errors.set("x", new HandoffFailed("its state does not fit", { id: "x", step: "load" }));
  const unknown = new StartFailed("no actor of this name is defined");
  errors.set("y", new HandoffFailed("the target refused", { id: "y", step: "reserve" }, unknown));
  const { state } = drain(60_000);
  await clock.run(timings.markerRetryMs);
  expect(moves).toHaveLength(2);
  await clock.run(10 * timings.markerRetryMs);
  expect(moves).toHaveLength(5);
  expect(state.left).toEqual([
    ["x", "its state does not fit"],
    ["y", "the target refused"],
  ]);
});

test("one that something keeps which may pass is tried again until the deadline", async () => {
  const { runs, drain, moves, errors, clock, timings } = staged();
  for (const id of ["x", "y"]) runs(id, "b");
  for (const id of ["x", "y"]) errors.set(id, new HandoffFailed("the target is about to leave", { id, step: "reserve" }));
  const { state } = drain(20 * timings.markerRetryMs);
  await clock.run(10 * timings.markerRetryMs);
  expect([moves.length, state.left]).toEqual([11, undefined]);
  errors.delete("x");
  await clock.run(10 * timings.markerRetryMs);
  expect(state.left).toEqual([["y", "the target is about to leave"]]);
});

test("what has nowhere to go is told of at once, while others are on their way", async () => {
  const { runs, drain, slow, clock } = staged();
  runs("x", "b");
  slow.set("x", () => {});
  runs("here", "no member");
  const { homeless, state } = drain(1_000);
  await clock.run(0);
  expect([homeless, state.left]).toEqual([["here"], undefined]);
  slow.get("x")?.();
  await clock.run(0);
  expect(state.left).toEqual([]);
});

test("waits while the node is fenced, or a redistribution may bring an actor back, but not past the deadline", async () => {
  const { runs, drain, moves, lease, redistribution, clock, timings } = staged();
  runs("x", "b");
  lease.fenced = true;
  redistribution.isRunning = true;
  const { state } = drain(5_000);
  await clock.run(3 * timings.markerRetryMs);
  expect(moves).toEqual([]);
  lease.fenced = false;
  await clock.run(timings.markerRetryMs);
  expect([moves.length, state.left]).toEqual([1, undefined]);
  redistribution.isRunning = false;
  await clock.run(timings.markerRetryMs);
  expect(state.left).toEqual([]);
});

describe("nodes that leave together", () => {
  const story = () => {
    const all = staged();
    const { clock, timings, draining, runs } = all;
    const waited = async (ms: number, othersAtMs: readonly number[] = []): Promise<number> => {
      const fromMs = clock.now();
      for (const atMs of othersAtMs) clock.setTimeout(() => draining.otherLeaves(), atMs);
      let overMs: number | undefined;
      void draining.together(fromMs + ms).then(() => {
        overMs = clock.now() - fromMs;
      });
      await clock.run(timings.batchWindowMs * 10);
      return overMs ?? Number.NaN;
    };
    return { ...all, waited, runs: () => void runs("x", "b") };
  };

  test("wait a moment to hear of each other, but not for long, and not with nothing to hand over", async () => {
    const { waited, runs, timings } = story();
    expect(await waited(60_000)).toBe(0);
    runs();
    expect(await waited(60_000)).toBe(timings.batchWindowMs / 10);
    expect(await waited(100)).toBe(5);
  });

  test("wait where another has begun to leave lately, until none has for a batch window", async () => {
    const { waited, runs, draining, timings } = story();
    const windowMs = timings.batchWindowMs;
    runs();
    expect(await waited(60_000, [windowMs / 20])).toBe(windowMs * 1.05);
    expect(await waited(60_000, [windowMs / 20, windowMs / 2])).toBe(windowMs * 1.5);
    draining.otherLeaves();
    expect(await waited(60_000, [windowMs / 2])).toBe(windowMs * 1.5);
    expect(await waited(60_000, [windowMs / 9])).toBe(windowMs / 10);
  });

  test("wait four batch windows at most, and an eighth of their time", async () => {
    const { waited, runs, draining, timings } = story();
    const windowMs = timings.batchWindowMs;
    const often = Array.from({ length: 20 }, (_, i) => (i * windowMs) / 2);
    runs();
    draining.otherLeaves();
    expect(await waited(60_000, often)).toBe(windowMs * 4);
    draining.otherLeaves();
    expect(await waited(windowMs, often)).toBe(windowMs / 8);
  });

  test("do not wait where one node or none stays, and stop waiting when that is so", async () => {
    const { waited, runs, ownership, clock, timings } = story();
    const windowMs = timings.batchWindowMs;
    runs();
    const stays =
      (...names: string[]) =>
      () => {
        ownership.view = clusterView(names.map((node) => ({ node, incarnation: `${node}1`, threads: 2, joinedAtMs: 1 })));
      };
    clock.setTimeout(stays("b"), windowMs / 2);
    expect(await waited(60_000, [windowMs / 20, windowMs / 2])).toBe(windowMs * 1.05);
    expect(await waited(60_000, [0])).toBe(0);
    stays()();
    expect(await waited(60_000, [0])).toBe(0);
  });
});
