import { encode, NodeDown, type ReplicaState } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Stage, thread } from "../fixtures/stage.js";
import { ReplicaStates } from "./replica-states.js";

function staged(standby = true) {
  const stage = new Stage(["b", "c"]);
  return { ...stage, stage, states: new ReplicaStates({ ...stage, standby: () => standby, patienceMs: 1_000 }) };
}

const state = (id: string, epoch: number, sequence: number): ReplicaState => ({
  id,
  epoch,
  sequence,
  state: encode(sequence),
  timers: [],
});

/** Another node says that it keeps a replica. */
function keeps(stage: Stage, node: string, id: string): void {
  const replicaRecord = { id, place: thread(node, 0), epoch: 1, mode: "passive" as const };
  stage.registry.receive({
    author: node,
    incarnation: `${node}1`,
    first: stage.registry.number(node) + 1,
    changes: [{ op: "stand", replicaRecord }],
  });
}

test("the newest of what the other nodes keep: of the later epoch, and there of the later message", async () => {
  const { stage, states, requests } = staged();
  keeps(stage, "b", "x");
  keeps(stage, "c", "x");
  requests.answer = (node) => ({ type: "standbys", states: [node === "b" ? state("x", 3, 1) : state("x", 2, 99)] });
  expect(await states.newest({ id: "x", actor: "box" })).toMatchObject({ epoch: 3, sequence: 1 });
});

test("what is wanted of a node in one turn is asked for at once", async () => {
  const { stage, states, requests } = staged();
  for (const id of ["x", "y"]) keeps(stage, "b", id);
  requests.answer = () => ({ type: "standbys", states: [state("y", 1, 4)] });
  const both = [states.newest({ id: "x", actor: "box" }), states.newest({ id: "y", actor: "box" })];
  expect(await Promise.all(both)).toMatchObject([undefined, { sequence: 4 }]);
  expect(requests.asked).toMatchObject([
    { node: "b", request: { ids: ["x", "y"] } },
    { node: "c", request: { ids: ["x", "y"] } },
  ]);
});

test("a node that has not said that it keeps one may have one; it is asked once", async () => {
  const { states, requests } = staged();
  requests.answer = (node) =>
    node === "b" ? { type: "standbys", states: [state("x", 1, 4)] } : Promise.reject(new NodeDown("no answer", { node: "c" }));
  expect(await states.newest({ id: "x", actor: "box" })).toMatchObject({ sequence: 4 });
  expect(requests.asked.map(({ node }) => node)).toEqual(["b", "c"]);
});

test("a node that said so, and does not answer, is asked again as long as it is a member", async () => {
  const { stage, states, requests, peers, clock } = staged();
  keeps(stage, "b", "x");
  requests.answer = (node) =>
    node === "c" ? { type: "standbys", states: [] } : Promise.reject(new NodeDown("no answer within 1000 ms", { node: "b" }));
  const newest = states.newest({ id: "x", actor: "box" });
  await clock.run(1_500);
  expect(requests.asked.map(({ node }) => node)).toEqual(["b", "c", "b"]);
  peers.splice(0, 1);
  await clock.run(1_500);
  expect(await newest).toBeUndefined();
  peers.length = 0;
  expect(states.newest({ id: "x", actor: "box" })).toBeUndefined();
});

test("nobody is asked where no replica follows its actor's state", () => {
  const { stage, states } = staged(false);
  keeps(stage, "b", "x");
  expect(states.newest({ id: "x", actor: "box" })).toBeUndefined();
});

test("others are told what the threads here keep; a thread that has gone keeps nothing", async () => {
  const { states, group, standing } = staged();
  for (const [index, id] of ["x", "y"].entries())
    standing.set(id, { place: thread("a", index), active: thread("b", 0), mode: "passive", epoch: 1, stands: true });
  group.answers.standbys = (place, ids) =>
    place === thread("a", 0) ? Promise.resolve(ids.map((id) => state(id, 1, 5))) : Promise.reject(new Error("gone"));
  expect(await states.kept(["x", "y", "nowhere"])).toMatchObject([{ id: "x", sequence: 5 }]);
});
