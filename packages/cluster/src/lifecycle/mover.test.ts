import {
  ActorNotFound,
  fromWireError,
  HandoffFailed,
  type MoveOrder,
  NodeDown,
  ThreadExited,
  toWireError,
} from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Stage, thread } from "../fixtures/stage.js";
import { deferredMs, errorsById, Mover } from "./mover.js";

function staged() {
  const stage = new Stage(["b", "c"]);
  const departed: unknown[] = [];
  const migration = { batchSize: 500, confirm: false, retentionMs: 0 };
  const mover = new Mover({
    ...stage,
    markerRetryMs: 200,
    maxDeferMs: 60_000,
    migrationOf: () => migration,
    locator: {
      locateAll: async (ids) => ({
        records: new Map(
          ids.flatMap((id) => {
            const known = stage.registry.current(id);
            return known === undefined ? [] : [[id, known]];
          }),
        ),
        pending: new Map(),
      }),
    },
    departed: (actors) => void departed.push(...actors),
  });
  return { ...stage, stage, mover, migration, departed };
}

test("one thread of the host hands over, under a saga of this life of the node", async () => {
  const { stage, mover, group, departed } = staged();
  stage.runs("x", 1);
  expect(await mover.move(["x"], "b", 1)).toEqual([
    { id: "x", placement: { id: "x", place: thread("b", 1), epoch: 2, mode: "active" } },
  ]);
  expect(group.told).toMatchObject([
    { verb: "move", given: [{ saga: "a@a1:1", ids: ["x"], to: thread("b", 1), confirm: false }] },
  ]);
  expect(departed).toEqual([{ id: "x", epoch: 2, place: thread("b", 1) }]);
  expect([stage.told("childrenMoving"), stage.told("childrenMoved")]).toEqual([
    [{ ids: ["x"], to: "b" }],
    [{ ids: ["x"], to: "b" }],
  ]);
});

test("one that puts off its move is waited for and asked again, unless it is to be asked once", async () => {
  const { stage, mover, group, clock } = staged();
  stage.runs("x", 1);
  stage.runs("y", 1);
  const told: unknown[] = [];
  const fromMs = clock.now();
  group.answers.move = async (_, { ids, why, maxDeferMs }) => {
    told.push([ids, why, maxDeferMs, clock.now() - fromMs]);
    const error = toWireError(new HandoffFailed("later", { step: "consent", deferMs: 500 }));
    return ids.map((id) => (id === "x" && told.length < 3 ? { id, epoch: 1, error } : { id, epoch: 2 }));
  };
  const once = await mover.move(["x", "y"], "b", 0, { why: "drain", maxDeferMs: 900, once: true });
  expect(once.map(({ id, error }) => [id, error && deferredMs(fromWireError(error))])).toEqual([
    ["x", 500],
    ["y", undefined],
  ]);
  const moving = mover.move(["x"], "b", 0, { why: "move" });
  await clock.run(500);
  expect(await moving).toMatchObject([{ id: "x", placement: { epoch: 2 } }]);
  expect(told).toEqual([
    [["x", "y"], "drain", 900, 0],
    [["x"], "move", 60_000, 0],
    [["x"], "move", 60_000, 500],
  ]);
});

test("a node that drains waits for the word of the target, whatever the migration strategy says", async () => {
  const { stage, mover, group, local, migration } = staged();
  stage.runs("x", 1);
  local.draining = true;
  migration.retentionMs = 900;
  await mover.move(["x"], "b", 0);
  const [order] = group.toldTo("move") as [MoveOrder];
  expect(order.confirm).toBe(true);
  expect(order.retentionMs).toBe(900);
});

test("a move to where it is does nothing, and succeeds", async () => {
  const { stage, mover, group } = staged();
  const { place } = stage.runs("x", 7);
  expect(await mover.move(["x"], "a", undefined)).toEqual([{ id: "x", placement: { id: "x", place, epoch: 7, mode: "active" } }]);
  expect(group.told).toEqual([]);
});

test("what is not there, or may not be a target, is refused by name, and the others move", async () => {
  const { stage, mover, peers } = staged();
  stage.runs("x", 1);
  peers.splice(1, 1, {
    ...peers[1],
    node: "c",
    incarnation: "c1",
    places: [thread("c", 0)],
    joinedAtMs: 1,
    draining: true,
    kinds: [],
    times: { heartbeatIntervalMs: 50, suspectAfterMs: 200, downAfterMs: 400, deliveryMs: 30_000 },
    number: 1,
    generation: 1,
  });
  expect(await mover.move(["nobody"], "b", 0)).toMatchObject([{ error: { code: "ActorNotFound" } }]);
  expect(await mover.move(["x"], "d", undefined)).toMatchObject([
    { error: { code: "NodeDown", message: expect.stringMatching(/not a member/) } },
  ]);
  expect(await mover.move(["x"], "b", 9)).toMatchObject([
    { error: { code: "HandoffFailed", message: expect.stringMatching(/has threads 0 to 1/) } },
  ]);
  expect(await mover.move(["x"], "c", 0)).toMatchObject([
    { error: { code: "HandoffFailed", message: expect.stringMatching(/it drains/) } },
  ]);
});

test("its host is asked, one hop further, and after three hops nobody is", async () => {
  const { stage, mover, requests } = staged();
  stage.elsewhere("b", "x", 1);
  requests.answer = () => ({ type: "move", outcomes: [{ id: "x" }] });
  expect(await mover.move(["x"], "a", undefined)).toEqual([{ id: "x" }]);
  expect(requests.asked).toMatchObject([{ node: "b", request: { node: "a", hops: 1 } }]);
  expect(await mover.move(["x"], "a", undefined, { hops: 3 })).toMatchObject([
    { error: { code: "HandoffFailed", message: expect.stringMatching(/moved on while it was looked for/) } },
  ]);
});

test("a host that goes before it answers is the error of each", async () => {
  const { stage, mover, requests } = staged();
  stage.elsewhere("b", "x", 1);
  requests.answer = () => Promise.reject(new NodeDown("node b went down", { node: "b" }));
  expect(await mover.move(["x"], "a", undefined)).toMatchObject([{ error: { code: "NodeDown" } }]);
});

test("one that had left before its turn is looked for where it went", async () => {
  const { stage, mover, group, requests, clock } = staged();
  stage.runs("x", 1);
  group.answers.move = async () => {
    stage.runs("x", 2, { place: thread("b", 0), state: "moved" });
    return [{ id: "x", epoch: 1, error: toWireError(new ActorNotFound("no actor", { id: "x" })) }];
  };
  requests.answer = () => ({ type: "move", outcomes: [{ id: "x" }] });
  const moving = mover.move(["x"], "c", 0);
  await clock.run(250);
  expect(await moving).toEqual([{ id: "x" }]);
  expect(requests.asked).toMatchObject([{ node: "b", request: { type: "move", ids: ["x"], node: "c" } }]);
});

test("when the target or the thread goes, what was not let go stays: each has the error of the saga", async () => {
  const { stage, mover, group, departed } = staged();
  stage.runs("x", 1);
  group.answers.move = () => Promise.reject(new ThreadExited("gone", { node: "a", thread: 0 }));
  expect(await mover.move(["x"], "b", 0)).toMatchObject([{ error: { code: "ThreadExited" } }]);
  expect(departed).toEqual([]);
});

test("one whose thread has ended cannot move before it runs again", async () => {
  const { stage, mover, group } = staged();
  const { place } = stage.runs("x", 1);
  group.dead.add(place);
  expect(await mover.move(["x"], "b", 0)).toMatchObject([
    { error: { code: "HandoffFailed", message: expect.stringMatching(/is being restarted/) } },
  ]);
});

test("nothing moves from a node that does not serve", async () => {
  const { stage, mover, gate } = staged();
  stage.runs("x", 1);
  gate.serves = false;
  expect(await mover.move(["x"], "b", 0)).toMatchObject([{ error: { code: "Partitioned" } }]);
});

test("moves to a node are settled when all that are under way are", async () => {
  const { stage, mover, group } = staged();
  stage.runs("x", 1);
  let done = (): void => {};
  group.answers.move = () =>
    new Promise((resolve) => {
      done = () => resolve([{ id: "x", epoch: 2 }]);
    });
  const moving = mover.move(["x"], "b", 0);
  await new Promise((resolve) => setImmediate(resolve));
  let settled = false;
  const settling = mover.settled("b").then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(settled).toBe(false);
  done();
  await Promise.all([moving, settling]);
  expect(settled).toBe(true);
});

test("very many go in orders of a thousand, one a turn, that share the bound of one move", async () => {
  const { stage, mover, group, clock } = staged();
  const ids = Array.from({ length: 2_500 }, (_, i) => `x${i}`);
  for (const id of ids) stage.runs(id, 1);
  const moving = mover.move(ids, "b", 1);
  await Promise.resolve();
  await Promise.resolve();
  const orders = () => group.toldTo("move") as MoveOrder[];
  expect(orders().map(({ ids: some }) => some.length)).toEqual([1_000]);
  await clock.run(0);
  expect((await moving).length).toBe(2_500);
  expect(orders().map(({ ids: some }) => some.length)).toEqual([1_000, 1_000, 500]);
  expect([new Set(orders().map(({ lane }) => lane)).size, new Set(orders().map(({ saga }) => saga)).size]).toEqual([1, 3]);
});

test("what ends all moves of a thread is one error for all of them", async () => {
  const { stage, mover, group } = staged();
  for (const id of ["x", "y"]) stage.runs(id, 1);
  group.answers.move = () => Promise.reject(new ThreadExited("thread 0 of node a has ended", {}));
  const errors = errorsById(await mover.move(["x", "y"], "b", 0));
  expect([errors.size, errors.get("x")]).toEqual([2, errors.get("y")]);
  expect(errors.get("x")).toBe(errors.get("y"));
});
