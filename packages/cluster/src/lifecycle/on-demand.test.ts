import {
  AlreadyStarted,
  HubClosed,
  NodeDown,
  Partitioned,
  StartFailed,
  type StartOutcome,
  toWireError,
} from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Stage, spec, thread } from "../fixtures/stage.js";
import { OnDemand } from "./on-demand.js";

/** Starts on demand on a stage, where each start ends as the test says. */
function staged() {
  const stage = new Stage();
  const starts: string[] = [];
  const outcome: { of: (id: string) => StartOutcome } = { of: (id) => ({ id }) };
  const onDemand = new OnDemand({
    ...{ ...stage, clock: stage.clock, checks: stage.checks, markerRetryMs: 100, askTimeoutMs: 500, withinMs: 1_000 },
    ...{
      node: stage.node,
      isClosed: () => stage.local.state === "closed",
      registry: stage.registry,
      claims: stage.claims,
      gate: stage.gate,
      group: stage.group,
    },
    requests: stage.requests,
    startHooks: { altered: (given) => given },
    starter: {
      start: async ([one]) => {
        starts.push(one?.id ?? "");
        return [outcome.of(one?.id ?? "")];
      },
    },
    locator: {
      locateAll: async (ids) => ({
        records: new Map(ids.flatMap((id) => [stage.registry.current(id) ?? []].flat().map((known) => [id, known]))),
        pending: new Map(),
      }),
    },
  });
  const taken = (id: string): StartOutcome => ({ id, error: toWireError(new AlreadyStarted("runs", { id })) });
  return { stage, onDemand, starts, outcome, taken };
}

test("an actor that nobody has is started", async () => {
  const { onDemand, starts } = staged();
  await onDemand.get(spec("x"));
  expect(starts).toEqual(["x"]);
});

test("one that runs here, or on another node, is not", async () => {
  const { stage, onDemand, starts } = staged();
  stage.runs("x", 3);
  stage.elsewhere("b", "y", 3);
  stage.requests.answer = () => ({ type: "isThere", there: true });
  await Promise.all([onDemand.get(spec("x")), onDemand.get(spec("y"))]);
  expect(starts).toEqual([]);
});

test("whoever was beaten to it finds it there", async () => {
  const { stage, onDemand, starts, outcome, taken } = staged();
  outcome.of = (id) => {
    stage.runs(id, 3);
    return taken(id);
  };
  await onDemand.get(spec("x"));
  expect(starts).toEqual(["x"]);
});

test("one that is about to end is waited for, and started again", async () => {
  const { stage, onDemand, starts } = staged();
  stage.runs("x", 3);
  let looks = 0;
  stage.group.answers.isThere = async () => {
    if (++looks === 3) stage.registry.publish([{ op: "drop", id: "x", epoch: 3, ended: true }]);
    return false;
  };
  const got = onDemand.get(spec("x"));
  await stage.clock.run(100);
  await got;
  expect([looks, starts]).toEqual([3, ["x"]]);
});

test("one whose start is refused though nobody knows it is looked for again, as time passes", async () => {
  const { stage, onDemand, starts, outcome, taken } = staged();
  outcome.of = taken;
  const late = expect(onDemand.get(spec("x"))).rejects.toMatchObject({ code: "AlreadyStarted" });
  await stage.clock.run(1_100);
  await late;
  expect(starts.length).toBeLessThan(120);
});

test("one whose node dies is looked for until it runs again", async () => {
  const { stage, onDemand, starts } = staged();
  stage.elsewhere("b", "x", 3);
  stage.requests.answer = () => {
    stage.loses("b");
    stage.runs("x", 9);
    return Promise.reject(new NodeDown("gone", { node: "b" }));
  };
  const got = onDemand.get(spec("x"));
  await stage.clock.run(100);
  await got;
  expect(starts).toEqual([]);
});

test("one whose host closes as it is to start is looked for again; where this node closes, that is said", async () => {
  const { stage, onDemand, outcome, starts } = staged();
  outcome.of = (id) => (starts.length > 1 ? { id } : { id, error: toWireError(new HubClosed("node b is closed")) });
  const got = onDemand.get(spec("x"));
  await stage.clock.run(100);
  await got;
  expect(starts).toEqual(["x", "x"]);
  outcome.of = (id) => ({ id, error: toWireError(new HubClosed("node a is closed")) });
  stage.local.state = "closed";
  await expect(onDemand.get(spec("y"))).rejects.toMatchObject({ code: "HubClosed" });
});

test("a start that fails says why, and so does a wait that is too long, another kind, and a node that may not serve", async () => {
  const { stage, onDemand, outcome } = staged();
  outcome.of = (id) => ({ id, error: toWireError(new StartFailed("no", { id })) });
  await expect(onDemand.get(spec("x"))).rejects.toMatchObject({ code: "StartFailed", message: "no" });
  stage.runs("y", 3);
  await expect(onDemand.get(spec("y", { actor: "other" }))).rejects.toMatchObject({ code: "WrongActor" });
  stage.group.answers.isThere = async () => false;
  const late = expect(onDemand.get(spec("y"))).rejects.toThrow(/between two lives, for 1000 ms/);
  await stage.clock.run(1_100);
  await late;
  stage.gate.serves = false;
  await expect(onDemand.get(spec("y"))).rejects.toBeInstanceOf(Partitioned);
});

test("an actor is here when its thread has it, or cannot say", async () => {
  const { stage, onDemand } = staged();
  expect(await onDemand.isHere("x")).toBe(false);
  stage.runs("x", 3, { place: thread("a", 0) });
  expect(await onDemand.isHere("x")).toBe(true);
  stage.group.answers.isThere = () => Promise.reject(new Error("its thread is gone"));
  expect(await onDemand.isHere("x")).toBe(false);
});
