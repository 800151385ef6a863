import { type Cell, openState } from "@process-hub/actor";
import type { PlaceId } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { cellStage } from "./fixtures/cell-stage.js";
import { envelope } from "./fixtures/fake-mail.js";
import { settled, there, third } from "./fixtures/thread-stage.js";
import { ReplicaStreams } from "./replica-streams.js";

/** An actor whose changes are heard, and the streams of its thread. */
async function scene(settings = {}) {
  let streams: ReplicaStreams | undefined;
  const box = cellStage(
    { standby: true, ...settings },
    {
      idle: (cell) => streams?.idle(cell),
      taking: (cell) => streams?.taking(cell) === true,
      changed: (cell, last) => streams?.changed(cell, last),
      gone: (cell) => streams?.ended(cell),
    },
  );
  const { stage, context } = box;
  const kept: string[] = [];
  const safe: string[] = [];
  const fenced = { yes: false };
  const held = {
    safeUntil: ({ id }: { readonly id: string }, until: number) => void safe.push(`${id} until ${until}`),
    ended: ({ id }: { readonly id: string }, isSafe: boolean) => void safe.push(`${id} ended ${isSafe ? "safe" : "unsafe"}`),
  };
  streams = new ReplicaStreams(context, {
    now: () => stage.clock.now(),
    isFenced: () => fenced.yes,
    keep: ({ id }, { sequence }) => void kept.push(`${id} after ${sequence}`),
    held: "acknowledge" in settings ? held : undefined,
    acknowledge: () => context.settings.acknowledge ?? "none",
  });
  const cell = await box.running("a", { watched: true });
  const add = async (by = 1, to: Cell = cell): Promise<void> => {
    to.take(envelope("add", by));
    await settled();
  };
  const follow = async (from: PlaceId = there): Promise<void> => {
    streams.receive({ type: "follow", ids: ["a"] }, from);
    await settled();
  };
  const take = async (sequence: number, from: PlaceId = there): Promise<void> => {
    streams.receive({ type: "statesTaken", taken: [{ id: "a", epoch: 1, sequence }] }, from);
    await settled();
  };
  /** "2=3": the state after the second message was 3. */
  const states = (to: PlaceId = there): string[] =>
    stage.sent.flatMap(({ to: place, frame }) =>
      place === to && frame.type === "states"
        ? frame.states.map(({ sequence, state }) => `${sequence}=${(openState(state).state as { sum: number }).sum}`)
        : [],
    );
  const counts = (): number[] => [stage.count("standbyActors"), stage.count("standbyBehind")];
  return { ...box, streams, cell, add, follow, take, states, counts, kept, safe, fenced };
}

test("what ends beside the handler in hand is no part of the state before that one, which can be safe all the same", async () => {
  const { streams, cell, add, follow, take, stage, life } = await scene({ acknowledge: "standby" });
  streams.planned({ most: 1, nodes: ["m"], unfit: [] });
  await add(5);
  await follow();
  await take(1);
  cell.take(envelope("wait"));
  await settled();
  streams.changed(cell, false);
  streams.changed(cell, false);
  expect([streams.handled(cell), streams.before(cell), streams.canBeSafe(cell)]).toEqual([3, 1, true]);
  life.open();
  await stage.elapse(0);
  expect(streams.before(cell)).toBe(streams.handled(cell));
});

describe("what a follower gets", () => {
  test("the state as it is when it begins to follow, then the state after each message", async () => {
    const { add, follow, take, states } = await scene();
    await add(5);
    await follow();
    await take(1);
    await add(2);
    expect(states()).toEqual(["1=5", "2=7"]);
  });

  test("one state at a time: of several changes before the acknowledgement only the latest is sent", async () => {
    const { add, follow, take, states } = await scene();
    await follow();
    for (const by of [1, 2, 3]) await add(by);
    expect(states()).toEqual(["0=0"]);
    await take(0);
    expect(states()).toEqual(["0=0", "3=6"]);
  });

  test("nothing between two acknowledgements that are the same", async () => {
    const { follow, take, states } = await scene();
    await follow();
    await take(0);
    await take(0);
    expect(states()).toEqual(["0=0"]);
  });

  test("nothing of an actor that is not here, or is not watched, or has not begun", async () => {
    const { streams, states, running, follow, cell } = await scene();
    await running("b");
    streams.receive({ type: "follow", ids: ["x", "b"] }, there);
    await cell.seal(100);
    await cell.pack();
    await follow();
    expect(states()).toEqual([]);
  });

  test("nothing while a handler is in hand: the state is not whole", async () => {
    const { cell, follow, states, life } = await scene();
    cell.take(envelope("wait"));
    await settled();
    await follow();
    expect(states()).toEqual([]);
    life.open();
    await settled();
    expect(states()).toEqual(["1=0"]);
  });

  test("the state after one that was being made for another follower, when it came meanwhile", async () => {
    const { follow, states, life } = await scene();
    life.trouble = "prepare hangs";
    await follow();
    await follow(third);
    life.trouble = "";
    life.open();
    await settled();
    expect([states(), states(third)]).toEqual([["0=0"], ["0=0"]]);
  });

  test("nothing after it said that it does not follow", async () => {
    const { streams, add, follow, states } = await scene();
    await follow();
    streams.receive({ type: "unfollow", ids: ["a"] }, there);
    await add();
    expect(states()).toEqual(["0=0"]);
  });

  test("what it asks for again, though an answer was on its way", async () => {
    const { add, follow, states } = await scene();
    await follow();
    await add();
    await follow();
    expect(states()).toEqual(["0=0", "1=1"]);
  });

  test("nothing that is larger than a message may be, which is logged once", async () => {
    const { stage, add, follow, take, states } = await scene({ messageBytes: 65 });
    await follow();
    await add();
    await follow();
    await take(0);
    expect(states()).toEqual([]);
    expect(stage.logged).toEqual([expect.stringContaining("cannot go to its passive replicas, which keep the one before")]);
  });

  test("nothing when the state cannot be made ready to travel, which is logged; it is tried again after pauses that grow", async () => {
    const { stage, follow, states, life } = await scene();
    const { markerRetryMs } = stage.context.settings;
    life.trouble = "prepare throws";
    await follow();
    expect([states(), stage.logged]).toEqual([[], [expect.stringContaining("Error: prepare throws")]]);
    await stage.clock.run(markerRetryMs);
    await stage.clock.run(markerRetryMs);
    expect([states(), stage.logged.length]).toEqual([[], 2]);
    life.trouble = "";
    await stage.clock.run(markerRetryMs);
    expect(states()).toEqual(["0=0"]);
    await stage.clock.run(10_000);
    expect(states()).toEqual(["0=0"]);
  });

  test("the state before the handler in hand, when it could not be taken as it was to be sent", async () => {
    const { cell, add, follow, take, states, life } = await scene({ acknowledge: "standby" });
    await follow();
    await take(0);
    life.trouble = "prepare throws";
    await add(3);
    life.trouble = "";
    cell.take(envelope("wait"));
    await settled();
    expect(states()).toEqual(["0=0", "1=3"]);
  });

  test.each([
    [{}, "", true],
    [{}, "prepare throws", false],
    [{ messageBytes: 65 }, "", false],
  ] as const)(
    "nothing while a handler is in hand, unless its state was taken before: %j, %s",
    async (settings, trouble, isTaken) => {
      const { streams, cell, add, life } = await scene({ acknowledge: "standby", ...settings });
      await add();
      life.trouble = trouble;
      expect(streams.canBeSafe(cell)).toBe(true);
      cell.take(envelope("wait"));
      await settled();
      expect(streams.canBeSafe(cell)).toBe(isTaken);
    },
  );
});

describe("how far behind the replicas are", () => {
  test("is counted from the first message, until the follower that has most has it", async () => {
    const { add, follow, take, counts } = await scene();
    await add();
    await add();
    expect(counts()).toEqual([0, 2]);
    await follow();
    await follow(third);
    await take(2, third);
    expect(counts()).toEqual([1, 0]);
    await add();
    await take(3);
    expect(counts()).toEqual([1, 1]);
  });

  test("has the instant since which the oldest state waits; 0 when none does", async () => {
    const { stage, add, follow, take } = await scene();
    const sinceMs = (): number => stage.count("standbyBehindSinceMs");
    expect(sinceMs()).toBe(0);
    const firstMs = stage.clock.now();
    await add();
    await stage.elapse(10);
    await add();
    expect(sinceMs()).toBe(firstMs);
    await follow();
    await take(2);
    expect(sinceMs()).toBe(0);
  });

  test("falls back when the follower that had most is lost", async () => {
    const { stage, streams, add, follow, take, counts } = await scene();
    await follow();
    await take(0);
    await add();
    await take(1);
    expect(counts()).toEqual([1, 0]);
    stage.down.add(there);
    streams.placeDown();
    expect(counts()).toEqual([0, 1]);
  });

  test("does not count an actor that is gone", async () => {
    const { cell, add, follow, take, counts } = await scene();
    await follow();
    await take(0);
    await add();
    await cell.stop("stop", 100);
    expect(counts()).toEqual([0, 0]);
  });

  test("an acknowledgement of another state than the one that was sent last changes nothing", async () => {
    const { add, follow, take, counts } = await scene();
    await follow();
    await add();
    await take(1);
    await take(7);
    expect(counts()).toEqual([0, 1]);
  });
});

describe("the last state of an actor that stops", () => {
  test("goes at once, also to a follower that has yet to acknowledge one, and is waited for", async () => {
    const { stage, streams, cell, add, follow, take, states } = await scene();
    await follow();
    await add(4);
    await cell.stop("stop", 100);
    let arrived = false;
    void streams.lastWord("a")?.then(() => (arrived = true));
    await stage.elapse(500);
    expect([states().at(-1), arrived]).toEqual(["2=4", false]);
    await take(2);
    expect([arrived, streams.lastWord("a")]).toEqual([true, undefined]);
  });

  test("is waited for a second at most", async () => {
    const { stage, streams, cell, follow } = await scene();
    await follow();
    await cell.stop("stop", 100);
    let arrived = false;
    void streams.lastWord("a")?.then(() => (arrived = true));
    await stage.elapse(999);
    expect(arrived).toBe(false);
    await stage.elapse(1);
    expect(arrived).toBe(true);
  });

  test("is waited for no longer when all that follow went down", async () => {
    const { stage, streams, cell, follow } = await scene();
    await follow();
    await follow(third);
    await cell.stop("stop", 100);
    stage.down.add(there);
    streams.placeDown();
    expect(streams.lastWord("a")).toBeDefined();
    stage.down.add(third);
    streams.placeDown();
    await settled();
    expect(streams.lastWord("a")).toBeUndefined();
  });

  test("is waited for by nobody when none follows", async () => {
    const { streams, cell } = await scene();
    await cell.stop("stop", 100);
    expect(streams.lastWord("a")).toBeUndefined();
  });
});

describe("what is safe", () => {
  test("is what one follower has", async () => {
    const { add, follow, take, safe } = await scene({ acknowledge: "standby" });
    await follow();
    await take(0);
    await add();
    expect(safe).toEqual([]);
    await take(1);
    expect(safe).toEqual(["a until 1"]);
  });

  test("is what a follower has that asked again before it had it, though the state cannot be made a second time", async () => {
    const { streams, cell, add, follow, take, states, safe, life } = await scene({ acknowledge: "standby" });
    await follow();
    await take(0);
    await add();
    life.trouble = "prepare throws";
    cell.take(envelope("wait"));
    await settled();
    await follow();
    expect([states(), streams.canBeSafe(cell)]).toEqual([["0=0", "1=1"], true]);
    await take(2);
    expect(safe).toEqual([]);
    await take(1);
    expect(safe).toEqual(["a until 1"]);
  });

  test("is what more than half of the planned standbys have, and of fewer when fewer are planned", async () => {
    const { streams, add, follow, take, safe } = await scene({ acknowledge: "majority" });
    streams.planned({ most: 2, nodes: ["b", "c"], unfit: [] });
    for (const place of [there, third]) {
      await follow(place);
      await take(0, place);
    }
    await add();
    await take(1);
    expect(safe).toEqual([]);
    streams.planned({ most: 2, nodes: ["b"], unfit: [] });
    expect(safe).toEqual(["a until 1"]);
    streams.planned({ most: 2, nodes: ["b", "c"], unfit: [] });
    await add();
    await take(1, third);
    await take(2);
    expect(safe).toEqual(["a until 1"]);
    await take(2, third);
    expect(safe).toEqual(["a until 1", "a until 2"]);
  });

  test("does not count on one that is to go, which goes when another has what it has", async () => {
    const { stage, streams, add, follow, take, safe } = await scene({ acknowledge: "standby" });
    await follow();
    await take(0);
    await add();
    await take(1);
    streams.receive({ type: "retire", ids: ["a"] }, there);
    await follow(third);
    await add();
    expect(stage.frames("letGo")).toEqual([]);
    await take(1, third);
    expect([stage.frames("letGo").length, safe]).toEqual([1, ["a until 1"]]);
    await take(2, third);
    expect(safe).toEqual(["a until 1", "a until 2"]);
  });

  test("is all where no standby can be, but not while this node may not serve: it may only be cut off", async () => {
    const { streams, cell, add, safe, fenced } = await scene({ acknowledge: "standby" });
    await add();
    fenced.yes = true;
    streams.planned({ most: 1, nodes: [], unfit: [] });
    expect([streams.safe(cell), safe]).toEqual([0, []]);
    fenced.yes = false;
    streams.planned({ most: 1, nodes: [], unfit: [] });
    expect([streams.safe(cell), safe]).toEqual([Number.POSITIVE_INFINITY, ["a until Infinity"]]);
  });

  test("a follower that is to go goes at once when another has what it has", async () => {
    const { stage, streams, follow, take } = await scene({ acknowledge: "standby" });
    for (const place of [there, third]) {
      await follow(place);
      await take(0, place);
    }
    streams.receive({ type: "retire", ids: ["a"] }, there);
    expect(stage.sent.at(-1)).toMatchObject({ to: there, frame: { type: "letGo", ids: ["a"] } });
  });

  test("one that an actor left on its way to the only node it may run on goes at once", async () => {
    const { stage, streams, running } = await scene();
    await running("alone");
    streams.receive({ type: "retire", ids: ["alone"] }, there);
    expect(stage.frames("letGo")).toMatchObject([{ ids: ["alone"] }]);
  });

  test("a follower goes at once where no standby is planned, and never when what it knows nobody else does", async () => {
    const { stage, streams, follow, take, add } = await scene();
    await follow();
    await add();
    await take(0);
    streams.receive({ type: "retire", ids: ["a"] }, there);
    await settled();
    expect(stage.frames("letGo")).toEqual([]);
    streams.planned({ most: 1, nodes: [], unfit: [] });
    expect(stage.frames("letGo")).toHaveLength(1);
  });

  test("the state goes out between two handlers when each turn ends in the middle of one", async () => {
    const { cell, follow, take, states, life } = await scene();
    await follow();
    await take(0);
    for (let i = 0; i < 3; i++) cell.take(envelope("wait"));
    await settled();
    life.open();
    await settled();
    expect(states()).toEqual(["0=0", "1=0"]);
  });
});

test("the last state of an actor that is to go on is kept, and what it sent leaves when its followers have it", async () => {
  const { streams, cell, follow, take, add, kept, safe } = await scene({ acknowledge: "standby" });
  await follow();
  await take(0);
  await add();
  streams.goesOn("a");
  await cell.stop("stop", 100);
  expect([kept, safe]).toEqual([["a after 2"], []]);
  await take(2);
  await settled();
  expect(safe).toEqual(["a ended safe"]);
});

describe("the state before a handler that may wait", () => {
  test("goes out while that waits: what it asks leaves when that is safe", async () => {
    const { cell, follow, take, states, safe } = await scene({ acknowledge: "standby" });
    await follow();
    await take(0);
    cell.take(envelope("add", 5));
    cell.take(envelope("wait"));
    await settled();
    expect([cell.between, states()]).toEqual([false, ["0=0", "1=5"]]);
    await take(1);
    expect(safe).toEqual(["a until 1"]);
    // Also to one that comes meanwhile.
    await follow(third);
    expect(states(third)).toEqual(["1=5"]);
  });
});
