import { decode, encode, type PlaceId, type ReplicaState, type StartOrder } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { cellStage, order } from "./fixtures/cell-stage.js";
import { there, third } from "./fixtures/thread-stage.js";
import { PassiveReplicas } from "./passive-replicas.js";

function scene(standby = true) {
  const box = cellStage(standby ? { standby } : {});
  const replicas = new PassiveReplicas(box.context, { births: box.births });
  const stand = async (active: PlaceId = there): Promise<void> =>
    replicas.stand({ spec: order().spec, active, epoch: 1, mode: "passive" });
  const state = (sequence: number, sum = sequence, more: Partial<ReplicaState> = {}): ReplicaState => {
    return { id: "a", epoch: 1, sequence, state: encode({ sum }), timers: [], ...more };
  };
  const hear = (one: ReplicaState, from: PlaceId = there): void => replicas.receive({ type: "states", states: [one] }, from);
  const release = (more: Partial<StartOrder> = { promote: true }): unknown => {
    const origin = replicas.origin({ ...order(), ...more });
    return origin === undefined ? undefined : "wire" in origin ? decode(origin.wire) : origin.state;
  };
  const origin = (standby?: ReplicaState) =>
    replicas.origin({ ...order(), promote: true, ...(standby === undefined ? {} : { standby }) })?.replica;
  return { ...box, replicas, stand, state, hear, release, origin };
}

describe("standing", () => {
  test("begins a cell that handles nothing and is not the one of its id, and follows the actor", async () => {
    const { stage, context, replicas, stand } = scene();
    await stand();
    await stage.elapse(0);
    expect([replicas.cells.map(({ phase }) => phase), context.cells.size]).toEqual([["passive"], 0]);
    expect(stage.sent).toMatchObject([{ to: there, frame: { type: "follow", ids: ["a"] } }]);
  });

  test("is refused beside the actor itself", async () => {
    const { replicas, stand, running } = scene();
    await running();
    await expect(stand()).rejects.toMatchObject({ code: "AlreadyStarted" });
    expect(replicas.cells).toEqual([]);
  });

  test.each(["init throws", "init hangs"])("when %s, is none", async (trouble) => {
    const { stage, replicas, stand, life } = scene();
    life.trouble = trouble;
    const failed = expect(stand()).rejects.toThrow();
    await stage.elapse(300);
    await failed;
    expect(replicas.cells).toEqual([]);
  });

  test("again follows the actor to its new place with the same cell", async () => {
    const { stage, replicas, stand } = scene();
    await stand();
    const cells = replicas.cells;
    await stand(third);
    await stage.elapse(0);
    expect(replicas.cells).toEqual(cells);
    expect(stage.sent.map(({ to }) => to)).toContain(third);
  });
});

describe("following", () => {
  test("is asked for again until a state has come", async () => {
    const { stage, stand, state, hear } = scene();
    await stand();
    await stage.elapse(100);
    expect(stage.frames("follow")).toHaveLength(3);
    hear(state(1));
    await stage.elapse(500);
    expect(stage.frames("follow")).toHaveLength(3);
  });

  test("asks no place that is down", async () => {
    const { stage, stand } = scene();
    stage.down.add(there);
    await stand();
    await stage.elapse(100);
    expect(stage.sent).toEqual([]);
  });

  test("asks nobody where replicas keep no states", async () => {
    const { stage, stand } = scene(false);
    await stand();
    await stage.elapse(500);
    expect(stage.sent).toEqual([]);
  });
});

describe("states", () => {
  test("are acknowledged, and the latest is kept: a late one does not undo it", async () => {
    const { stage, replicas, stand, state, hear } = scene();
    await stand();
    for (const sequence of [1, 3, 2]) hear(state(sequence));
    expect(stage.frames("statesTaken").map(({ taken }) => taken[0]?.sequence)).toEqual([1, 3, 2]);
    expect(replicas.standbys(["a", "b"]).map(({ sequence }) => sequence)).toEqual([3]);
  });

  test("of a later epoch are later, whatever their number", async () => {
    const { replicas, stand, state, hear } = scene();
    await stand();
    hear(state(9));
    hear(state(1, 1, { epoch: 2 }));
    expect(replicas.standbys(["a"])).toMatchObject([{ epoch: 2, sequence: 1 }]);
  });

  test("from the place the actor moved to replace those from before, whose numbers mean nothing there", async () => {
    const { replicas, stand, state, hear } = scene();
    await stand();
    hear(state(9));
    await stand(third);
    hear(state(0), third);
    expect(replicas.standbys(["a"])).toMatchObject([{ sequence: 0 }]);
  });

  test("for a replica that is not kept, or follows another place, are not wanted", async () => {
    const { stage, replicas, stand, state, hear } = scene();
    await stand();
    hear(state(1), third);
    hear(state(1, 1, { id: "b" }));
    expect(stage.frames("unfollow").map(({ ids }) => ids)).toEqual([["a"], ["b"]]);
    expect([replicas.standbys(["a", "b"]), stage.frames("statesTaken")]).toEqual([[], []]);
  });

  test("are memory of their own: the packet they came in may be used again", async () => {
    const { stand, state, hear, release } = scene();
    await stand();
    const bytes = encode({ sum: 4 });
    hear(state(1, 4, { state: bytes }));
    bytes.fill(0);
    expect(release()).toEqual({ sum: 4 });
  });

  test("have their timers run on while they are kept", async () => {
    const { stage, replicas, stand, state, hear } = scene();
    await stand();
    const timer = { key: "k", name: "add", payload: new Uint8Array() };
    hear(
      state(1, 1, {
        timers: [
          { ...timer, inMs: 100 },
          { ...timer, inMs: 10 },
        ],
      }),
    );
    await stage.elapse(30);
    expect(replicas.standbys(["a"])[0]?.timers.map(({ inMs }) => inMs)).toEqual([70, 0]);
  });
});

describe("a replica is given up", () => {
  test("when it is to end: its cell is discarded, and the actor's place hears it", async () => {
    const { stage, replicas, stand } = scene();
    await stand();
    const [cell] = replicas.cells;
    replicas.end("a");
    expect([cell?.phase, replicas.cells]).toEqual(["ended", []]);
    expect(stage.frames("unfollow")).toEqual([{ type: "unfollow", ids: ["a"] }]);
    replicas.end("a");
    expect(stage.frames("unfollow")).toHaveLength(1);
  });

  test("without a word to a place that is down", async () => {
    const { stage, replicas, stand } = scene();
    await stand();
    stage.down.add(there);
    replicas.end("a");
    expect(stage.frames("unfollow")).toEqual([]);
  });

  test("is not what an actor does that starts here without an order to go on: that begins with init", async () => {
    const { stand, state, hear, release } = scene();
    await stand();
    hear(state(1));
    expect(release({})).toBeUndefined();
  });

  test("is asked for until it is granted; until it is ended its state is kept", async () => {
    const { stage, replicas, stand, state, hear, release } = scene();
    await stand();
    hear(state(1));
    replicas.retire(["a", "unknown"]);
    await stage.elapse(120);
    expect(stage.frames("retire").length).toBeGreaterThan(1);
    replicas.receive({ type: "letGo", ids: ["a"] }, third);
    replicas.receive({ type: "letGo", ids: ["a"] }, there);
    replicas.receive({ type: "letGo", ids: ["a"] }, there);
    expect(stage.news("retired").map(({ ids }) => ids)).toEqual([["a"]]);
    const asked = stage.frames("retire").length;
    await stage.elapse(500);
    expect([stage.frames("retire").length, release()]).toEqual([asked, { sum: 1 }]);
  });

  test("is over when it is ordered to stand again", async () => {
    const { stage, replicas, stand, state, hear } = scene();
    await stand();
    hear(state(1));
    replicas.retire(["a"]);
    await stage.elapse(0);
    await stand();
    await stage.elapse(0);
    expect(stage.sent.map(({ frame }) => frame.type)).toEqual(["follow", "statesTaken", "retire", "follow"]);
    replicas.receive({ type: "letGo", ids: ["a"] }, there);
    expect(stage.news("retired")).toEqual([]);
  });
});

describe("an actor that went from here", () => {
  test("leaves its state, which follows it, and begins when it is ordered to stand", async () => {
    const { stage, replicas, stand, state, hear, release } = scene();
    replicas.keep(order().spec, there, state(0, 7, { epoch: 2 }));
    await stage.elapse(0);
    expect(stage.sent).toMatchObject([{ to: there, frame: { type: "follow", ids: ["a"] } }]);
    expect(stage.news("kept")).toMatchObject([{ actors: [{ id: "a", epoch: 2, place: there }] }]);
    expect([replicas.cells.map(({ phase }) => phase), release()]).toEqual([["starting"], { sum: 7 }]);
    hear(state(3, 9, { epoch: 2 }));
    await stand();
    expect([replicas.cells.map(({ phase }) => phase), release()]).toEqual([["passive"], { sum: 9 }]);
  });

  test("leaves its state to none but its own end: a replica that stood here before was to end earlier", async () => {
    const { replicas, stand, state, release } = scene();
    await stand();
    replicas.keep(order().spec, there, state(0, 7, { epoch: 3 }));
    replicas.end("a", 1);
    expect(release()).toEqual({ sum: 7 });
    replicas.end("a", 3);
    expect([replicas.cells, release()]).toEqual([[], undefined]);
  });

  test("is ended with a later one that was ordered in its place, and never begun", () => {
    const { replicas, state } = scene();
    replicas.keep(order().spec, there, state(0, 7, { epoch: 3 }));
    replicas.end("a", 1_003);
    expect(replicas.cells).toEqual([]);
  });
});

describe("what an actor goes on from", () => {
  test("is the later of the state kept here and the one in its order", async () => {
    for (const [own, ordered, sum] of [
      [5, 4, 5],
      [4, 5, 50],
    ] as const) {
      const { stand, state, hear, release } = scene();
      await stand();
      hear(state(own));
      expect(release({ promote: true, standby: state(ordered, ordered * 10) })).toEqual({ sum });
    }
  });

  test("is said: how far that state was, and whether it is of an earlier place than the actor's last", async () => {
    const { stand, state, hear, origin } = scene();
    await stand();
    hear(state(5));
    expect(origin()).toEqual({ handled: 5 });
    await stand();
    hear(state(5));
    await stand(third);
    expect(origin(state(4))).toEqual({ handled: 5, earlier: true });
    expect(origin(state(6, 6, { earlier: true }))).toEqual({ handled: 6, earlier: true });
  });

  test("is said to be no state of the actor's where replicas keep none", async () => {
    const { stand, origin } = scene(false);
    await stand();
    expect(origin()).toBeUndefined();
  });

  test("is the one in its order where no replica is kept", () => {
    const { state, release } = scene();
    expect(release({ promote: true, standby: state(3, 30) })).toEqual({ sum: 30 });
  });

  test("is nothing where no state has come yet, though the replica has begun", async () => {
    const { stand, release } = scene();
    await stand();
    expect(release()).toBeUndefined();
  });

  test("is the state that the replica began with, where replicas keep no states", async () => {
    const { stand, release } = scene(false);
    await stand();
    expect(release()).toEqual({ sum: 0 });
  });
});
