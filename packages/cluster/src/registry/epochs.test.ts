import { describe, expect, test } from "vitest";
import { record, Stage, thread } from "../fixtures/stage.js";
import { epochStride, FreshEpochs, maxTries, termStride, triesStride } from "./epochs.js";

function staged() {
  const stage = new Stage();
  const told: number[] = [];
  const epochs = new FreshEpochs({
    registry: stage.registry,
    lives: (place) => stage.group.has(place),
    clock: stage.clock,
    renumber: (records, epoch) => void told.push(...records.map(() => epoch)),
  });
  return { ...stage, stage, epochs, told };
}

test("a restart passes all that a handoff in progress may have used, a swap that is taken back all tries of its target, a term all of them", () => {
  expect(triesStride).toBeGreaterThan(maxTries * epochStride);
  expect(termStride).toBeGreaterThan(1_000 * triesStride);
});

describe("fresh epochs", () => {
  test("are one stride above all that are known, for all actors alike, until members change", () => {
    const { registry, epochs, told } = staged();
    registry.raiseEpochAbove(40);
    const low = record("x", thread("a", 0), 3);
    expect(epochs.lacking([low, record("y", thread("a", 1), 9_999)])).toEqual([low]);
    registry.raiseEpochAbove(90);
    epochs.lacking([low]);
    expect(told).toEqual([1_041, 1_041]);
    epochs.renew();
    epochs.lacking([low]);
    expect(told.at(-1)).toBe(1_091);
  });

  test("of many actors are told some in each turn, and not again meanwhile", async () => {
    const { clock, epochs, told } = staged();
    const low = Array.from({ length: 2_500 }, (_, i) => record(`x${i}`, thread("a", 0), 3));
    epochs.lacking(low);
    epochs.lacking(low);
    expect(told.length).toBe(1_000);
    await clock.run(0);
    expect([told.length, epochs.inVain]).toEqual([2_500, false]);
    epochs.lacking(low);
    await clock.run(0);
    expect(told.length).toBe(5_000);
  });

  test("are not waited for at a thread that has ended, and in vain after five tells", () => {
    const { epochs, group, told } = staged();
    const low = record("x", thread("a", 0), 3);
    for (let i = 0; i < 5; i++) epochs.lacking([low]);
    expect([told.length, epochs.inVain]).toEqual([5, false]);
    epochs.lacking([low]);
    expect([told.length, epochs.inVain]).toEqual([5, true]);
    group.dead.add(thread("a", 0));
    expect(epochs.lacking([low])).toEqual([]);
  });
});
