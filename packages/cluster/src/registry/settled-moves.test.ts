import { sliceSize } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { record, Stage, thread } from "../fixtures/stage.js";
import { SettledMoves } from "./settled-moves.js";

/** An actor that ran here is down, and another node has recorded it. */
function staged() {
  const stage = new Stage(["b"]);
  const unclaimed: string[] = [];
  const kept = new Set<string>();
  const { registry, clock } = stage;
  const settled = new SettledMoves({
    ...{ registry, clock, afterMs: 100, patienceMs: 1_000 },
    keeps: (id) => kept.has(id),
    unclaimed: (records) => void unclaimed.push(...records.map(({ spec: { id } }) => id)),
  });
  const own = stage.runs("x", 1);
  registry.publish([{ op: "put", record: { ...own, state: "down" } }]);
  stage.elsewhere("b", "x", 3);
  settled.look("x");
  return { ...stage, stage, settled, unclaimed, kept };
}

test("this node's record is taken back a while after another node has recorded the actor", async () => {
  const { registry, clock, unclaimed } = staged();
  await clock.run(99);
  expect(registry.own("x")).toBeDefined();
  await clock.run(1);
  expect([registry.own("x"), unclaimed]).toEqual([undefined, []]);
});

test("it stays when the other one has yielded meanwhile, and after a while those who decide hear of the actor", async () => {
  const { registry, clock, unclaimed } = staged();
  registry.receive({ author: "b", incarnation: "b1", first: 2, changes: [{ op: "drop", id: "x", epoch: 3, ended: false }] });
  await clock.run(900);
  expect([registry.own("x")?.state, unclaimed]).toEqual(["down", []]);
  await clock.run(200);
  expect(unclaimed).toEqual(["x"]);
  await clock.run(1_100);
  expect(unclaimed).toEqual(["x", "x"]);
  const own = registry.own("x");
  if (own !== undefined) registry.publish([{ op: "put", record: { ...own, state: "running", epoch: 9 } }]);
  await clock.run(2_000);
  expect([registry.own("x")?.state, unclaimed.length]).toEqual(["running", 2]);
});

test("the record of an actor that is paused here stays, whoever runs the actor: its node is asked first", async () => {
  const { registry, clock, unclaimed, kept } = staged();
  kept.add("x");
  await clock.run(5_000);
  expect([registry.own("x")?.state, unclaimed]).toEqual(["down", []]);
});

test("where the node that spoke for it is gone, and the actor is an orphan, this node's record would hide that", async () => {
  const { stage, registry, clock, unclaimed } = staged();
  stage.loses("b");
  expect(registry.orphans.has("x")).toBe(true);
  await clock.run(200);
  expect([registry.own("x"), registry.orphans.has("x"), unclaimed]).toEqual([undefined, true, []]);
});

test("the same where the other one had yet to record what this node moved there: no record is left that could change", async () => {
  const { stage, settled, registry, clock, unclaimed } = staged();
  const place = thread("b", 0);
  registry.publish([{ op: "put", record: record("y", place, 2, { state: "moved" }) }]);
  stage.loses("b");
  registry.orphans.addMoved((lost) => lost.place === place);
  settled.lookAtOrphans();
  await clock.run(200);
  expect([registry.own("y"), registry.orphans.has("y"), unclaimed]).toEqual([undefined, true, []]);
});

test("the same where the orphan is what this node moved there: the other one left before this record was taken back", async () => {
  const { stage, registry, clock, unclaimed } = staged();
  const own = registry.own("x");
  const there = stage.elsewhere("b", "x", 4);
  if (own !== undefined) registry.publish([{ op: "put", record: { ...own, place: there.place, epoch: 4, state: "moved" } }]);
  stage.loses("b");
  registry.orphans.addMoved((record) => record.place === there.place);
  expect([registry.current("x")?.state, registry.orphans.get("x")?.state]).toEqual(["moved", "moved"]);
  await clock.run(200);
  expect([registry.own("x"), registry.orphans.has("x"), unclaimed]).toEqual([undefined, true, []]);
});

test("more than one turn takes are taken back in slices; what runs here again by its turn stays", async () => {
  const { stage, settled, registry, clock } = staged();
  const many = Array.from({ length: sliceSize + 50 }, (_, i) => `m${i}`);
  for (const id of many) {
    stage.runs(id, 2, { place: thread("b", 0), state: "moved" });
    stage.elsewhere("b", id, 2);
    settled.look(id);
  }
  clock.pass(99);
  clock.advance(clock.now() + 1);
  const own = (): string[] => many.filter((id) => registry.own(id) !== undefined);
  expect(own().length).toBe(51);
  stage.runs("m1049", 5);
  await clock.run(1_000);
  expect([own(), clock.pending]).toEqual([["m1049"], 0]);
});
