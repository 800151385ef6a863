import { stateBytes } from "@process-hub/actor";
import { ActorNotFound, type Epoch, encode, NodeDown, toWireError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { life, record, Stage, thread } from "../fixtures/stage.js";
import { DuplicateResolution } from "./duplicate-resolution.js";

function staged() {
  const stage = new Stage(["b", "c"]);
  const raised: { readonly id: string; readonly above: Epoch }[] = [];
  const sent: unknown[] = [];
  const fenced = { yes: false };
  const duplicates = new DuplicateResolution({
    ...stage,
    messenger: { send: (to, message) => sent.push([to, message]) > 0 },
    isFenced: () => fenced.yes,
    alwaysServes: true,
    raiseEpochAbove: ({ spec: { id } }, above) => void raised.push({ id, above }),
  });
  return { ...stage, stage, duplicates, raised, sent, fenced };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("which of two lives goes on", () => {
  const lives = [
    {
      why: "the one that was never restarted, whatever its epoch, its age or what the other has handled since",
      mine: { epoch: 9, life: { ...life("2nd", 1, "1st"), bornAtMs: -3_600_000 }, handled: 99 },
      theirs: { epoch: 1, life: life("1st"), handled: 0 },
      goesOn: false,
    },
    {
      why: "the one that was restarted gives way, whatever its epoch",
      mine: { epoch: 1, life: life("1st") },
      theirs: { epoch: 99, life: life("2nd", 1, "1st") },
      goesOn: true,
    },
    {
      why: "of lives with as many restarts the one that has handled more",
      mine: { epoch: 3, life: life("1st"), handled: 7 },
      theirs: { epoch: 3, life: life("another"), handled: 8 },
      goesOn: false,
    },
    {
      why: "of equal histories the one on the first of the owners",
      mine: { epoch: 3, life: life("1st"), handled: 7 },
      theirs: { epoch: 4, life: life("another"), handled: 7 },
      goesOn: true,
    },
    { why: "of two records of one life the later epoch", mine: { epoch: 3 }, theirs: { epoch: 4 }, goesOn: false },
    { why: "of equal epochs too the first of the owners", mine: { epoch: 3 }, theirs: { epoch: 3 }, goesOn: true },
  ];
  test.each(lives)("$why", async ({ mine, theirs, goesOn }) => {
    const { stage, duplicates, registry, group } = staged();
    stage.runs("x", mine.epoch, mine);
    stage.elsewhere("b", "x", theirs.epoch, theirs);
    duplicates.found("x");
    await turn();
    expect([registry.own("x") !== undefined, group.toldTo("yieldDuplicate").length]).toEqual(goesOn ? [true, 0] : [false, 1]);
  });

  test("neither before both have said what they have handled: each node says so of its own", async () => {
    const { stage, duplicates, registry, published, group } = staged();
    group.answers.handled = async () => [7];
    stage.runs("x", 3, { life: life("1st") });
    stage.elsewhere("b", "x", 3, { life: life("another") });
    for (let twice = 0; twice < 2; twice++) {
      duplicates.found("x");
      await turn();
    }
    expect([group.toldTo("handled"), published.at(-1)]).toMatchObject([["x"], { op: "put", record: { epoch: 3, handled: 7 } }]);
    stage.elsewhere("b", "x", 3, { life: life("another"), handled: 9 });
    duplicates.found("x");
    await turn();
    expect(registry.own("x")).toBeUndefined();
  });

  test("the other where this one's thread does not say what it has handled", async () => {
    const { stage, duplicates, registry, group } = staged();
    group.answers.handled = () => Promise.reject(new ActorNotFound("blocked", { id: "x" }));
    stage.runs("x", 3, { life: life("1st") });
    stage.elsewhere("b", "x", 3, { life: life("another"), handled: 1 });
    duplicates.found("x");
    await turn();
    expect(registry.own("x")).toBeUndefined();
  });

  test("neither before the other's node has said that it has it: what is known of that node may be older than its death", async () => {
    const { stage, duplicates, registry, requests, clock, timings } = staged();
    stage.runs("x", 9, { life: life("2nd", 1, "first") });
    stage.elsewhere("b", "x", 1);
    requests.hosted = () => Promise.reject(new NodeDown("silent", { node: "b" }));
    duplicates.found("x");
    await turn();
    expect(registry.own("x")).toBeDefined();
    requests.hosted = async () => ({ type: "hosted", ids: [] });
    await clock.run(timings.heartbeatIntervalMs);
    expect(registry.own("x")).toBeDefined();
    requests.hosted = async (_, ids) => ({ type: "hosted", ids: [...ids] });
    await clock.run(timings.heartbeatIntervalMs);
    expect(registry.own("x")).toBeUndefined();
  });

  test("at once on a node that has just woken: it runs nothing meanwhile, and what its mailboxes hold keeps its order; but not a life that came from elsewhere, or that it was told to begin since", async () => {
    const { stage, duplicates, registry, requests, fenced, clock } = staged();
    registry.lives.first();
    registry.lives.slept();
    stage.runs("x", 9, { life: life("a@a1#1", 1, "first") });
    stage.runs("y", 9, { life: life("c@c1#1", 1, "first") });
    stage.runs("z", 9, { life: life("a@a1#2", 1, "first") });
    for (const id of ["x", "y", "z"]) stage.elsewhere("b", id, 1);
    requests.hosted = () => Promise.reject(new NodeDown("silent", { node: "b" }));
    fenced.yes = true;
    duplicates.found("x");
    expect(registry.own("x")).toBeUndefined();
    for (const id of ["y", "z"]) duplicates.found(id);
    await clock.run(0);
    expect(["x", "y", "z"].map((id) => registry.own(id)?.epoch)).toEqual([undefined, 9, 9]);
  });

  test("those that give way to lives of one node while it is asked are asked about in one request", async () => {
    const { stage, duplicates, registry, requests } = staged();
    const asked: unknown[] = [];
    requests.hosted = async (node, ids) => {
      asked.push([node, ...ids]);
      return { type: "hosted", ids: ["y"] };
    };
    for (const id of ["x", "y", "z"]) {
      stage.runs(id, 9, { life: life("2nd", 1, "first") });
      stage.elsewhere("b", id, 1);
      duplicates.found(id);
    }
    await turn();
    expect([asked, registry.own("x") === undefined, registry.own("y")]).toEqual([
      [
        ["b", "x"],
        ["b", "y", "z"],
      ],
      false,
      undefined,
    ]);
  });

  test("a node has what runs in a thread that is there, or is paused in it", () => {
    const { stage, duplicates, group } = staged();
    stage.runs("x", 1);
    stage.runs("y", 1, { state: "down" });
    stage.runs("z", 1, { state: "moved" });
    expect(["x", "y", "z", "nobody"].filter((id) => duplicates.isHosted(id))).toEqual(["x", "y"]);
    group.places.length = 0;
    expect(duplicates.isHosted("x")).toBe(false);
  });
});

describe("the one that gives way", () => {
  test("is told as a conflict with its last state, which the survivor merges where its actor can", async () => {
    const { stage, duplicates, group, requests, clock } = staged();
    stage.runs("x", 9, { life: life("2nd", 1, "first") });
    stage.elsewhere("b", "x", 1);
    const state = stateBytes({ count: 7 });
    group.answers.yieldDuplicate = async () => ({ state, merges: true });
    requests.answer = () => ({ type: "mergeDuplicate" });
    duplicates.found("x");
    await clock.run(10);
    expect(stage.told("conflict")).toEqual([{ id: "x", survivor: "b", loser: "a", state: { count: 7 } }]);
    expect(requests.asked).toEqual([{ node: "b", request: { type: "mergeDuplicate", id: "x", state, hops: 1 } }]);
  });

  test("leaves no state when its thread has gone: the log says why, and nothing is merged", async () => {
    const { stage, duplicates, group, requests, clock } = staged();
    stage.runs("x", 9, { life: life("2nd", 1, "first") });
    stage.elsewhere("b", "x", 1);
    group.answers.yieldDuplicate = () => Promise.reject(new ActorNotFound("not here any more", { id: "x" }));
    duplicates.found("x");
    await clock.run(10);
    expect(stage.told("conflict")).toEqual([{ id: "x", survivor: "b", loser: "a", state: undefined }]);
    expect([stage.told("log"), requests.asked]).toMatchObject([
      [{ level: "warn", message: expect.stringMatching(/left no state: not here any more/) }],
      [],
    ]);
  });

  test("does not end its actor for the others: it lives on", async () => {
    const { stage, duplicates, published } = staged();
    stage.runs("x", 9, { life: life("2nd", 1, "first") });
    stage.elsewhere("b", "x", 1);
    duplicates.found("x");
    await turn();
    expect(published.at(-1)).toEqual({ op: "drop", id: "x", epoch: 9, ended: false });
  });
});

describe("a merge", () => {
  test("is done where the actor runs by now, at most once", async () => {
    const { stage, duplicates, group } = staged();
    stage.runs("x", 1);
    expect(await duplicates.mergeDuplicate("x", encode(1), 0)).toBeUndefined();
    expect(group.toldTo("mergeDuplicate")).toEqual(["x"]);
  });

  test("that its actor refuses is not tried again; one on its way is waited for", async () => {
    const { stage, duplicates, group, clock } = staged();
    stage.runs("x", 1);
    group.answers.mergeDuplicate = async () => toWireError(new RangeError("no"));
    expect(await duplicates.mergeDuplicate("x", encode(1), 0)).toMatchObject({ name: "RangeError", message: "no" });
    const passing = toWireError(new ActorNotFound("moved", { id: "x" }));
    let tries = 0;
    group.answers.mergeDuplicate = async () => (++tries < 3 ? passing : undefined);
    const merging = duplicates.mergeDuplicate("x", encode(1), 0);
    await clock.run(1_000);
    expect([await merging, tries]).toEqual([undefined, 3]);
  });

  test("of an actor that runs nowhere fails in the end", async () => {
    const { duplicates, clock } = staged();
    const merging = duplicates.mergeDuplicate("x", encode(1), 0);
    await clock.run(10_000);
    expect(await merging).toMatchObject({ code: "ActorNotFound" });
  });
});

describe("epochs", () => {
  test("a life that is hosted here under an epoch that its duplicate had goes on above it; its host is told where that is elsewhere", async () => {
    const { stage, duplicates, raised, sent } = staged();
    stage.runs("x", 3);
    duplicates.raiseEpochAbove("x", "a", 5);
    duplicates.raiseEpochAbove("x", "a", 2);
    duplicates.raiseEpochAbove("y", "b", 5);
    await turn();
    expect([raised, sent]).toEqual([[{ id: "x", above: 5 }], [["b", { type: "raiseEpochAbove", id: "y", by: 5 }]]]);
  });

  test("of two lives on threads of this node the one that was restarted less goes on, above the epoch of the one that came", async () => {
    const { stage, duplicates, group, raised } = staged();
    const own = stage.runs("x", 3);
    const came = record("x", group.places[1] ?? "", 8, { life: life("2nd", 1, "first") });
    expect(duplicates.arrived(own, came)).toBe(false);
    await turn();
    expect([group.told.map(({ place }) => place), raised]).toEqual([[came.place], [{ id: "x", above: 8 }]]);
    expect(duplicates.arrived({ ...own, life: life("3rd", 2, "first") }, came)).toBe(true);
  });
});

test("what others ended while it was out of their sight ends here as well", async () => {
  const { stage, duplicates, registry, group, published } = staged();
  const mine = stage.runs("x", 3);
  registry.publish([{ op: "bury", tombstone: { id: "x", lineage: "first", why: "Crash" } }]);
  duplicates.ended("x");
  await turn();
  // A member that came since may know of no end.
  expect(published.at(-1)).toEqual({ op: "drop", id: "x", epoch: 3, ended: true, lineage: "first", why: "Crash" });
  expect([registry.own("x"), group.toldTo("stop"), stage.told("childStopped")]).toEqual([
    undefined,
    ["x"],
    [{ id: "x", reason: "ended elsewhere" }],
  ]);
  expect(registry.isOver(mine)).toBe(true);
});

test("one that was paused gives way to what ran elsewhere meanwhile", async () => {
  const { stage, duplicates, registry } = staged();
  const mine = stage.runs("x", 3, { state: "down", place: thread("a", 0) });
  await duplicates.giveWay(mine, "b");
  expect([registry.own("x"), stage.told("conflict")]).toMatchObject([undefined, [{ survivor: "b", loser: "a" }]]);
});
