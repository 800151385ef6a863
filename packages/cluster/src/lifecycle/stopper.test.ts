import { ActorNotFound, HandoffFailed, lineageOf, type RegistryRecord, ThreadExited, toWireError } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { life, record, Stage, thread } from "../fixtures/stage.js";
import { Stopper } from "./stopper.js";

function staged() {
  const stage = new Stage();
  const known = new Map<string, RegistryRecord>();
  const pending = new Map<string, string>();
  const stopper = new Stopper({
    ...stage,
    markerRetryMs: 200,
    locator: {
      locateAll: async (ids) => ({
        records: new Map(
          ids.flatMap((id) => [known.get(id) ?? stage.registry.current(id) ?? []].flat().map((record) => [id, record])),
        ),
        pending,
      }),
    },
  });
  return { ...stage, stage, known, pending, stopper };
}

test("what another node starts just now is that node's to stop", async () => {
  const { stopper, requests, pending } = staged();
  pending.set("x", "b");
  requests.answer = () => ({ type: "stop", outcomes: [{ id: "x" }] });
  expect(await stopper.stop(["x"], 500)).toEqual([{ id: "x", node: "b" }]);
});

test("a start that does not end in time is stopped all the same: its actor is not to be registered", async () => {
  const { stage, stopper, claims, clock } = staged();
  claims.beginStart("x", 5);
  const stopped = stopper.stop(["x"], 500);
  await clock.run(499);
  expect(stage.told("childStopped")).toEqual([]);
  await clock.run(1);
  expect([await stopped, claims.isStopped("x"), stage.told("childStopped").length]).toEqual([[{ id: "x", node: "a" }], true, 1]);
});

test.each([
  ["an orphan here", true],
  ["known to nobody here", false],
])("one that starts again just now, %s, has ended: a start that fails is not tried again", async (_, isOrphan) => {
  const { stage, stopper, claims, clock, registry } = staged();
  const last = stage.elsewhere("b", "x", 3, { life: life("first") });
  stage.loses("b");
  if (!isOrphan) registry.release("x");
  claims.beginStart("x", 1_003, lineageOf(last.life));
  const stopped = stopper.stop(["x"], 500);
  await clock.run(500);
  expect([await stopped, registry.isOver(last)]).toEqual([[{ id: "x", node: "a" }], true]);
});

test("what runs here ends by its thread, and is registered as ended for good", async () => {
  const { stage, stopper, registry, group } = staged();
  const mine = stage.runs("x", 3);
  expect(await stopper.stop(["x"], 1_000)).toEqual([{ id: "x", node: "a" }]);
  expect(group.told).toMatchObject([{ place: mine.place, verb: "stop", given: [["x"], 1_000] }]);
  expect([registry.own("x"), registry.isOver(mine), stage.told("childStopped")]).toEqual([
    undefined,
    true,
    [{ id: "x", reason: "stop" }],
  ]);
});

test("one of which nothing is known here is stopped where its starter says that it was started", async () => {
  const { stopper, requests } = staged();
  requests.answer = () => ({ type: "stop", outcomes: [{ id: "x" }] });
  expect(await stopper.stop(["x", "y"], 500, new Map([["x", "b"]]))).toMatchObject([
    { id: "y", error: { code: "ActorNotFound" } },
    { id: "x", node: "b" },
  ]);
});

test.each([
  ["the end of one that its host stopped, and died before anybody had heard of it, is said by who asked", "first", true],
  ["unless it is another actor of its id by then", "next", false],
])("%s", async (_, lineage, isSaid) => {
  const { stage, stopper, requests, registry } = staged();
  stage.elsewhere("b", "x", 3, { life: life("first") });
  requests.answer = () => {
    stage.loses("b");
    registry.orphans.add(record("x", thread("b", 0), 3, { life: life(lineage) }));
    return { type: "stop", outcomes: [{ id: "x" }] };
  };
  expect(await stopper.stop(["x"], 500)).toEqual([{ id: "x", node: "b" }]);
  expect([registry.orphans.has("x"), stage.told("childStopped").length]).toEqual(isSaid ? [false, 1] : [true, 0]);
});

test("an end that has come here is not said again, though a record is left of the node that the actor came from", async () => {
  const { stage, stopper, requests, registry, published } = staged();
  const left = stage.elsewhere("b", "x", 1);
  requests.answer = () => {
    const changes = [{ op: "drop" as const, id: "x", epoch: 2, ended: true, lineage: "first" }];
    registry.receive({ author: "c", incarnation: "c1", first: 1, changes });
    return { type: "stop", outcomes: [{ id: "x", node: "c" }] };
  };
  expect(await stopper.stop(["x"], 500)).toEqual([{ id: "x", node: "c" }]);
  expect([registry.current("x"), published, stage.told("childStopped")]).toEqual([left, [], []]);
});

test("only the nodes that host are asked", async () => {
  const { stage, stopper, requests, group } = staged();
  stage.elsewhere("b", "x", 3);
  requests.answer = () => ({ type: "stop", outcomes: [{ id: "x" }] });
  expect(await stopper.stop(["x"], 500)).toEqual([{ id: "x", node: "b" }]);
  expect([requests.asked.length, group.told]).toEqual([1, []]);
});

test("an id that is nowhere is not found", async () => {
  const { stopper } = staged();
  expect(await stopper.stop(["x"], 500)).toMatchObject([{ id: "x", node: "a", error: { code: "ActorNotFound" } }]);
});

test("one that is being started is waited for", async () => {
  const { stage, stopper, claims } = staged();
  claims.beginStart("x", 1);
  const stopping = stopper.stop(["x"], 500);
  await new Promise((resolve) => setImmediate(resolve));
  stage.runs("x", 1);
  claims.endStart("x");
  expect(await stopping).toEqual([{ id: "x", node: "a" }]);
});

test("one on its way to another place is looked for again, until the deadline", async () => {
  const { stage, stopper, group, clock } = staged();
  stage.runs("x", 3);
  const moving = toWireError(new HandoffFailed("it is on its way", { id: "x", step: "commit" }));
  group.answers.stop = async () => (group.toldTo("stop").length === 0 ? [{ index: 0, error: moving }] : []);
  const stopping = stopper.stop(["x"], 1_000);
  await clock.run(50);
  expect(await stopping).toEqual([{ id: "x", node: "a" }]);
  stage.runs("y", 3);
  group.answers.stop = async () => [{ index: 0, error: moving }];
  const inVain = stopper.stop(["y"], 100);
  await clock.run(200);
  expect(await inVain).toMatchObject([
    {
      id: "y",
      error: { code: "HandoffFailed", message: expect.stringMatching(/for the 100 ms of its stop: it was not stopped/) },
    },
  ]);
});

test("one that is to end here, and has gone to another node by then, is left alone", async () => {
  const { stage, stopper, group, clock, requests } = staged();
  for (const id of ["x", "y"]) stage.runs(id, 3);
  const gone = toWireError(new HandoffFailed("it is on its way", { id: "x", step: "commit" }));
  group.answers.stop = async () => {
    stage.registry.publish([{ op: "drop", id: "x", epoch: 4, ended: false }]);
    stage.elsewhere("b", "x", 4);
    return [{ index: 0, error: gone }];
  };
  const stopping = stopper.stopHere(["x", "y"], 1_000);
  await clock.run(50);
  expect([await stopping, requests.asked]).toEqual([[{ id: "y", node: "a" }], []]);
});

test("one whose thread dies under the stop has ended, and is not to start again", async () => {
  const { stage, stopper, group, registry } = staged();
  const mine = stage.runs("x", 3);
  group.answers.stop = () => Promise.reject(new ThreadExited("gone", { node: "a", thread: 0 }));
  expect(await stopper.stop(["x"], 500)).toEqual([{ id: "x", node: "a" }]);
  expect(registry.isOver(mine)).toBe(true);
});

test("one between two lives has none to end, and gets no other: its end is above any epoch that a restart may use", async () => {
  const { stage, stopper, published, registry } = staged();
  stage.runs("x", 3, { state: "down" });
  expect(await stopper.stop(["x"], 500)).toEqual([{ id: "x", node: "a" }]);
  expect(published.at(-1)).toMatchObject({ op: "drop", id: "x", ended: true });
  expect(registry.freshEpoch).toBeGreaterThan(1_003);
});

test("one that is restarted, or swapped, just now is looked for when that is over", async () => {
  const { stage, stopper, claims, clock } = staged();
  stage.runs("x", 3);
  claims.beginRestart("x");
  const stopping = stopper.stop(["x"], 1_000);
  await clock.run(25);
  claims.endRestart("x");
  await clock.run(25);
  expect(await stopping).toEqual([{ id: "x", node: "a" }]);
});

test("an orphan is forgotten by its registrar", async () => {
  const { stage, stopper, ownership, requests, registry } = staged();
  stage.elsewhere("c", "mine", 3);
  stage.elsewhere("c", "theirs", 3);
  stage.loses("c");
  ownership.owners.set("theirs", "b");
  requests.answer = () => ({ type: "stop", outcomes: [{ id: "theirs" }] });
  expect(await stopper.stop(["mine", "theirs"], 500)).toEqual([
    { id: "mine", node: "a" },
    { id: "theirs", node: "b" },
  ]);
  expect(registry.orphans.has("mine")).toBe(false);
});

test("an orphan that its registrar has never heard of is ended by who asked for it", async () => {
  const { stage, stopper, ownership, requests, registry } = staged();
  const orphan = stage.elsewhere("c", "x", 3);
  stage.loses("c");
  ownership.owners.set("x", "b");
  requests.answer = () => ({ type: "stop", outcomes: [{ id: "x", error: toWireError(new ActorNotFound("no x", { id: "x" })) }] });
  expect(await stopper.stop(["x"], 500)).toEqual([{ id: "x", node: "a" }]);
  expect([registry.orphans.has("x"), registry.isOver(orphan), stage.told("childStopped").length]).toEqual([false, true, 1]);
});

test("a node that does not serve ends nothing", async () => {
  const { stage, stopper, gate, group } = staged();
  stage.runs("x", 3);
  gate.serves = false;
  expect(await stopper.stop(["x"], 500)).toMatchObject([{ error: { code: "Partitioned" } }]);
  expect(group.told).toEqual([]);
});

test("a thread that does not answer is not waited for", async () => {
  const { stage, stopper, group, clock } = staged();
  stage.runs("x", 3);
  group.answers.stop = () => new Promise(() => {});
  const stopping = stopper.stop(["x"], 500);
  await clock.run(1_600);
  expect(await stopping).toMatchObject([
    {
      error: {
        code: "AskTimeout",
        message: expect.stringMatching(/did not answer a stop within 1500 ms: .* may still take place/),
      },
    },
  ]);
});

test("what a thread does not know, and the registry neither, has ended", async () => {
  const { stage, stopper, group, registry } = staged();
  stage.runs("x", 3);
  group.answers.stop = async () => {
    registry.publish([{ op: "drop", id: "x", epoch: 3, ended: true }]);
    return [{ index: 0, error: toWireError(new ActorNotFound("no actor", { id: "x" })) }];
  };
  expect(await stopper.stop(["x"], 500)).toMatchObject([{ error: { code: "ActorNotFound" } }]);
});

test("a node that has said goodbye ends nothing more for others: it could tell nobody of it", async () => {
  const { stage, stopper, local, published } = staged();
  stage.runs("x", 3, { state: "down" });
  local.state = "closed";
  const before = published.length;
  expect(await stopper.stop(["x"], 500)).toMatchObject([{ id: "x", error: { code: "HubClosed" } }]);
  expect(published.length).toBe(before);
});
