import { AskTimeout, NodeDown, type SpecUpdate } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Stage, spec, thread } from "../fixtures/stage.js";
import { Updater } from "./updater.js";

/** An updater on a stage, whose waiting actors say what the test says. */
function staged() {
  const stage = new Stage();
  const waiting = { updated: true };
  const updater = new Updater({
    ...{ ...stage, clock: stage.clock, markerRetryMs: 100, messageBytes: undefined, node: stage.node },
    ...{ registry: stage.registry, claims: stage.claims, gate: stage.gate, group: stage.group, requests: stage.requests },
    restarts: { redescribe: () => waiting.updated },
    locator: {
      locateAll: async (ids) => ({
        records: new Map(ids.flatMap((id) => [stage.registry.current(id) ?? []].flat().map((known) => [id, known]))),
        pending: new Map(),
      }),
    },
  });
  return { stage, waiting, updater };
}

const change: SpecUpdate = { tag: "u", metadata: { team: 8 } };

test("the actor is told before its node's record changes", async () => {
  const { stage, updater } = staged();
  stage.runs("x", 3, { spec: spec("x", { tag: "t", metadata: { team: 7 } }) });
  stage.group.answers.redescribe = async () => {
    expect(stage.registry.own("x")?.spec.tag).toBe("t");
    return true;
  };
  await updater.update("x", change, 1_000);
  expect(stage.registry.own("x")).toMatchObject({ epoch: 3, spec: change });
  expect(stage.published.at(-1)).toMatchObject({ op: "put", record: { spec: change } });
});

test("of another node's actor that node is asked, and again while it has it not", async () => {
  const { stage, updater } = staged();
  stage.elsewhere("b", "x", 3);
  let asked = 0;
  stage.requests.answer = (node, request) => {
    expect([node, request]).toEqual(["b", { type: "update", id: "x", update: change }]);
    return { type: "update", updated: ++asked === 3 };
  };
  const updating = updater.update("x", change, 1_000);
  await stage.clock.run(30);
  await updating;
  expect([asked, stage.checks.marked.get("updateFollowedOn")]).toEqual([3, 2]);
});

test("a node that dies is not the end of it: the actor runs again, here", async () => {
  const { stage, updater } = staged();
  stage.elsewhere("b", "x", 3);
  stage.requests.answer = () => {
    stage.loses("b");
    stage.runs("x", 9);
    return Promise.reject(new NodeDown("gone", { node: "b" }));
  };
  const updating = updater.update("x", change, 1_000);
  await stage.clock.run(20);
  await updating;
  expect(stage.registry.own("x")).toMatchObject({ epoch: 9, spec: change });
});

test("one that leaves while it is told takes the change along, and its record says so wherever it leads", async () => {
  const { stage, updater } = staged();
  const mine = stage.runs("x", 3);
  stage.group.answers.redescribe = async () => {
    stage.registry.publish([{ op: "put", record: { ...mine, place: thread("b", 0), epoch: 4, state: "moved" } }]);
    return true;
  };
  expect(await updater.here("x", change)).toBe(true);
  expect(stage.registry.own("x")).toMatchObject({ state: "moved", epoch: 4, spec: change });
});

test.each([
  ["its thread has let it go", ({ stage }: ReturnType<typeof staged>) => (stage.group.answers.redescribe = async () => false)],
  [
    "its thread dies under the question",
    ({ stage }) => (stage.group.answers.redescribe = () => Promise.reject(new Error("gone"))),
  ],
  ["its thread is gone", ({ stage }) => stage.group.dead.add(stage.group.places[0] ?? "")],
  ["it is being restarted", ({ stage }) => stage.claims.beginRestart("x")],
  ["it is swapped", ({ stage }) => stage.claims.beginSwap("x")],
  [
    "another life of its id begins while it is told",
    ({ stage }) =>
      (stage.group.answers.redescribe = async () => {
        const mine = stage.registry.own("x");
        if (mine !== undefined)
          stage.registry.publish([{ op: "put", record: { ...mine, life: { ...mine.life, name: "next" } } }]);
        return true;
      }),
  ],
] as [string, (scene: ReturnType<typeof staged>) => unknown][])("nothing is said of a change when %s", async (_, happens) => {
  const scene = staged();
  scene.stage.runs("x", 3);
  happens(scene);
  expect(await scene.updater.here("x", change)).toBe(false);
  expect(scene.stage.registry.own("x")?.spec.tag).toBeUndefined();
});

test("one whose start fails is changed where it waits", async () => {
  const { stage, waiting, updater } = staged();
  stage.runs("x", 3);
  stage.claims.beginWaiting("x");
  expect(await updater.here("x", change)).toBe(true);
  waiting.updated = false;
  expect(await updater.here("x", change)).toBe(false);
});

test("each refusal has its name", async () => {
  const { stage, updater } = staged();
  await expect(updater.update("x", change, 100)).rejects.toMatchObject({ code: "ActorNotFound" });
  stage.runs("x", 3);
  stage.group.answers.redescribe = async () => false;
  const late = expect(updater.update("x", change, 100)).rejects.toMatchObject({ code: "HandoffFailed" });
  await stage.clock.run(200);
  await late;
  stage.group.answers.redescribe = () => Promise.reject(new AskTimeout("blocked", {}));
  await expect(updater.update("x", change, 100)).rejects.toMatchObject({ code: "AskTimeout" });
  stage.gate.serves = false;
  await expect(updater.update("x", change, 100)).rejects.toMatchObject({ code: "Partitioned" });
  stage.gate.serves = true;
  const small = new Updater({ ...updaterPorts(stage), messageBytes: 20 });
  await expect(small.update("x", change, 100)).rejects.toMatchObject({ code: "InvalidMessage" });
});

function updaterPorts(stage: Stage) {
  const { clock, checks, node, registry, claims, gate, group, requests } = stage;
  const locateAll = async () => ({ records: new Map([["x", stage.runs("x", 3)]]), pending: new Map() });
  return {
    ...{ clock, checks, node, registry, claims, gate, group, requests },
    ...{ markerRetryMs: 100, locator: { locateAll }, restarts: { redescribe: () => true } },
  };
}
