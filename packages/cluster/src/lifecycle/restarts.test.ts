import { NodeDown, type RegistryRecord, StartFailed, ThreadExited, toWireError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { Stage, spec, thread } from "../fixtures/stage.js";
import { Restarts } from "./restarts.js";
import type { Restarted } from "./starter.js";

const away = (id: string): Restarted => ({ id, error: toWireError(new StartFailed("the store is away", { id })) });

function staged(others: readonly string[] = [], standby = false) {
  const stage = new Stage(others);
  const tried: { readonly epoch: number; readonly anew: boolean; readonly atMs: number }[] = [];
  let outcome = away;
  const counted: string[] = [];
  const restarts = new Restarts({
    ...stage,
    random: { next: () => 0 },
    standby: () => standby,
    counters: { count: (name) => void counted.push(name) },
    starter: {
      restart: async ({ spec }, epoch, anew = false) => {
        tried.push({ epoch, anew, atMs: stage.clock.now() });
        const answer = outcome(spec.id);
        if (answer.error === undefined) stage.runs(spec.id, epoch);
        return answer;
      },
    },
  });
  const answer = (given: typeof outcome): void => {
    outcome = given;
  };
  const down = (id: string, more: Partial<RegistryRecord> = {}): RegistryRecord => stage.runs(id, 3, { state: "down", ...more });
  return { ...stage, stage, restarts, tried, counted, answer, down };
}

test("a start that fails is tried again after pauses that double, up to 5 s, until it succeeds: nobody drops the actor", async () => {
  const { stage, restarts, tried, answer, down, clock, registry, claims } = staged();
  await restarts.start(down("x"), toWireError(new Error("its thread died")));
  await clock.run(60_000);
  const pauses = tried.map(({ atMs }, i) => atMs - (tried[i - 1]?.atMs ?? atMs));
  expect(pauses.slice(0, 12)).toEqual([0, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_000, 5_000]);
  expect([registry.own("x")?.state, claims.waitingStarts, stage.told("childStopped")]).toEqual(["down", 1, []]);
  answer((id) => ({ id }));
  await clock.run(5_000);
  expect([registry.own("x")?.state, claims.waitingStarts]).toEqual(["running", 0]);
  expect(stage.told("childRestarted")).toMatchObject([{ id: "x", node: "a", cause: { message: "the store is away" } }]);
});

test("of one that has never run nobody says that it runs again, whatever became of the node that it waited at", async () => {
  const { stage, restarts, counted, answer, down } = staged();
  answer((id) => ({ id }));
  const error = toWireError(new StartFailed("no node has its kind", { id: "x" }));
  await restarts.start(
    down("x", { waiting: { attempts: 1, nextAtMs: 0, error, fresh: true } }),
    toWireError(new NodeDown("its node went down", { node: "b" })),
  );
  expect([stage.told("childRestarted"), stage.told("stateLost"), counted]).toEqual([[], [], []]);
});

test("the wait is seen: in the entry of the actor, and in an event for each try", async () => {
  const { stage, restarts, down, clock, registry } = staged();
  await restarts.start(down("x"), undefined);
  expect(registry.entry("x")).toMatchObject({
    replicas: [],
    waiting: { node: "a", attempts: 1, nextAtMs: clock.now() + 10, error: { code: "StartFailed", message: "the store is away" } },
  });
  await clock.run(10);
  expect(stage.told("startFailing")).toMatchObject([
    { id: "x", node: "a", attempt: 1, nextInMs: 10, error: { code: "StartFailed" } },
    { id: "x", node: "a", attempt: 2, nextInMs: 20, error: { code: "StartFailed" } },
  ]);
});

test("what is told of it may change while it waits, and the next try starts it so", async () => {
  const { restarts, down, answer, clock, registry } = staged();
  expect(restarts.redescribe("x", { tag: "u" })).toBe(false);
  await restarts.start(down("x"), undefined);
  expect(restarts.redescribe("x", { tag: "u" })).toBe(true);
  expect(registry.entry("x")).toMatchObject({ tag: "u", waiting: { attempts: 1 } });
  let started: string | undefined;
  answer((id) => {
    started = registry.own(id)?.spec.tag;
    return { id };
  });
  await clock.run(10);
  expect(started).toBe("u");
});

test("each try has an epoch above the last; far above it when a thread died under it, since the actor may have run", async () => {
  const { restarts, tried, answer, down, clock } = staged();
  await restarts.start(down("x"), undefined);
  answer((id) => ({ id, error: toWireError(new ThreadExited("gone", {})) }));
  await clock.run(10);
  answer(away);
  await clock.run(20);
  expect(tried.map(({ epoch }) => epoch)).toEqual([1_003, 1_004, 2_004]);
});

test("the owner is tried twice, then the other nodes that may run it in turn, which try once each", async () => {
  const { stage, restarts, requests, ownership, down, clock, claims } = staged(["b"]);
  ownership.placement.owners = () => ["b", "a"];
  requests.answer = (_, request) =>
    request.type === "adopt"
      ? {
          type: "adopt",
          errors: request.records.flatMap(({ spec: { id } }) => away(id).error ?? []).map((error) => ({ id: "x", error })),
        }
      : { type: "leave" };
  await restarts.start(down("x"), undefined);
  await clock.run(10);
  expect(requests.asked).toMatchObject([
    { node: "b", request: { type: "adopt", decided: true, records: [{ spec: { id: "x" }, waiting: { attempts: 1 } }] } },
  ]);
  await clock.run(20 + 40);
  expect([requests.asked.length, claims.isPlacing("x")]).toEqual([2, false]);
  stage.elsewhere("b", "x", 2_000_000);
  restarts.look("x");
  expect(claims.waitingStarts).toBe(0);
});

test("it ends when the actor is stopped, or another node speaks for it", async () => {
  const { restarts, tried, down, stage, registry, clock, claims } = staged(["b"]);
  await Promise.all([restarts.start(down("stopped"), undefined), restarts.start(down("taken"), undefined)]);
  registry.publish([{ op: "drop", id: "stopped", epoch: 9_000, ended: true }]);
  stage.elsewhere("b", "taken", 9_000, { state: "down" });
  await clock.run(60_000);
  expect([tried.length, claims.waitingStarts, registry.own("stopped")]).toEqual([2, 0, undefined]);
});

test("a temporary actor has ended", async () => {
  const { stage, restarts, down, registry, clock, tried } = staged();
  await restarts.start(down("x", { spec: spec("x", { restart: "temporary" }) }), undefined);
  await clock.run(60_000);
  expect([tried.length, registry.own("x"), stage.told("childStopped")]).toMatchObject([
    1,
    undefined,
    [{ reason: "not restarted" }],
  ]);
});

test("one that crashed begins anew, whatever a replica knows", async () => {
  const { stage, restarts, tried, answer, clock } = staged();
  restarts.crashed(stage.runs("x", 3), toWireError(new StartFailed("no life", {})));
  answer((id) => ({ id }));
  await clock.run(10);
  expect(tried).toMatchObject([{ epoch: 1_004, anew: true }]);
});

test("a node that may not serve says nothing of it, and tries when it serves", async () => {
  const { stage, restarts, tried, answer, clock, gate, registry } = staged(["b"]);
  const moved = stage.elsewhere("b", "x", 3, { state: "moved", place: thread("a", 0) });
  answer((id) => ({ id, error: { name: "HubError", code: "Partitioned", message: "paused" } }));
  gate.serves = false;
  await restarts.start(moved, undefined);
  await clock.run(10_000);
  expect([tried.length, registry.own("x")]).toEqual([1, undefined]);
  answer((id) => ({ id }));
  gate.serves = true;
  await clock.run(1_000);
  expect([tried.length, registry.own("x")?.state]).toEqual([2, "running"]);
});

describe("what an actor goes on from is told", () => {
  const cause = toWireError(new Error("its thread died"));

  test.each<[string, Restarted["replica"], Partial<RegistryRecord>, object, object | undefined]>([
    ["init", undefined, {}, { from: "init" }, { from: "init" }],
    ["a replica", { handled: 4 }, {}, { from: "replica", handled: 4 }, undefined],
    ["an active replica", {}, {}, { from: "replica" }, undefined],
    [
      "a replica of an earlier place",
      { handled: 4, earlier: true },
      {},
      { from: "replica", handled: 4 },
      { from: "replica", handled: 4 },
    ],
    [
      "init, after a wait",
      undefined,
      { waiting: { attempts: 2, nextAtMs: 0, error: cause } },
      { from: "init" },
      { from: "init" },
    ],
    [
      "init, after a crash",
      undefined,
      { waiting: { attempts: 2, nextAtMs: 0, error: cause, anew: true } },
      { from: "init" },
      undefined,
    ],
    [
      "a replica that took the node that tries for the actor's place",
      { handled: 4, earlier: true },
      { waiting: { attempts: 2, nextAtMs: 0, error: cause } },
      { from: "replica", handled: 4 },
      undefined,
    ],
  ])("from %s", async (_, replica, more, restarted, lost) => {
    const { stage, restarts, answer, down, counted } = staged();
    answer((id) => ({ id, ...(replica === undefined ? {} : { replica }) }));
    await restarts.once(down("x", more), cause);
    const told = { id: "x", node: "a", cause: { message: "its thread died" } };
    expect(stage.told("childRestarted")).toMatchObject([{ ...told, ...restarted }]);
    expect(stage.told("stateLost")).toMatchObject(lost === undefined ? [] : [{ ...told, ...lost }]);
    expect(counted).toEqual(["restarts", ...(lost === undefined ? [] : ["statesLost"])]);
  });

  test("once for each that begins with init, however it came here; with one line of the log for all of a turn", async () => {
    const { stage, restarts, answer, down } = staged();
    answer((id) => ({ id }));
    await Promise.all(Array.from({ length: 12 }, (_, n) => restarts.start(down(`x-${n}`), undefined)));
    expect(stage.told("childRestarted")).toEqual([]);
    expect(stage.told("stateLost")).toHaveLength(12);
    expect(stage.told("log")).toMatchObject(
      [
        {
          level: "warn",
          message: /^12 actors \(x-0, .*, x-9 and 2 more\) lost their states with their places, and begin with init$/,
        },
      ].map(({ level, message }) => ({ level, message: expect.stringMatching(message) as string })),
    );
  });

  test.each([
    [false, 0],
    [true, 1],
  ])("not of a cold swap, unless replicas carry the states (%s)", async (standby, lost) => {
    const { stage, restarts, answer, down } = staged([], standby);
    answer((id) => ({ id }));
    await restarts.once(down("x"), undefined, undefined, true);
    expect(stage.told("stateLost")).toHaveLength(lost);
  });
});
