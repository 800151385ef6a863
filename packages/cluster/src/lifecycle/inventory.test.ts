import type { Present } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Stage, thread } from "../fixtures/stage.js";
import { Inventory } from "./inventory.js";

const settleMs = 5_000;

function staged() {
  const stage = new Stage(["b"]);
  const lost: string[] = [];
  const here: Record<string, readonly Present[]> = {};
  stage.group.answers.present = async (place) => here[place] ?? [];
  const inventory = new Inventory({
    ...stage,
    settleMs,
    recovery: { arrivalLost: ({ spec }, { message }) => void lost.push(`${spec.id}: ${message}`) },
  });
  const [place = ""] = stage.group.places;
  return { ...stage, stage, inventory, lost, here, place };
}

test("what is registered here, and no thread has, starts again: when it is still so at the second look", async () => {
  const { stage, inventory, lost, clock } = staged();
  stage.runs("x", 3);
  inventory.soon();
  await clock.run(settleMs);
  expect(lost).toEqual([]);
  await clock.run(settleMs);
  expect(lost).toEqual(["x: actor x was registered on thread 0 of node a, where it did not run"]);
});

test("so is what another node says it let go to a thread here, also one that is dead", async () => {
  const { stage, inventory, lost, clock, group } = staged();
  stage.elsewhere("b", "x", 3, { state: "moved", place: thread("a", 1) });
  group.dead.add(thread("a", 1));
  inventory.soon();
  await clock.run(settleMs * 2);
  expect(lost).toHaveLength(1);
});

test("what runs, begins, arrives, waits for its start, or runs elsewhere is left alone; then there is no more look", async () => {
  const { stage, inventory, lost, here, place, clock, claims, group } = staged();
  for (const id of ["runs", "arrives"]) stage.runs(id, 3);
  stage.runs("starting", 3);
  claims.beginRestart("starting");
  stage.runs("down", 3, { state: "down" });
  stage.elsewhere("b", "theirs", 3);
  here[place] = [
    { id: "runs", epoch: 3, running: true },
    { id: "arrives", epoch: 3, running: false },
  ];
  inventory.soon();
  await clock.run(settleMs * 3);
  const looks = group.told.filter(({ verb }) => verb === "present").length / group.places.length;
  expect([lost, clock.pending, looks]).toEqual([[], 0, 1]);
});

test("what runs here, and no record of this node names, is reported again", async () => {
  const { inventory, here, place, clock, group } = staged();
  here[place] = [{ id: "x", epoch: 3, running: true }];
  inventory.soon();
  await clock.run(settleMs * 2);
  expect(group.toldTo("sayAgain")).toEqual(["x"]);
});

test("what goes on under a later epoch than its record has is registered under that", async () => {
  const { stage, inventory, here, place, clock, registry } = staged();
  stage.runs("x", 3);
  here[place] = [{ id: "x", epoch: 8, running: true }];
  inventory.soon();
  await clock.run(settleMs * 2);
  expect(registry.own("x")).toMatchObject({ epoch: 8, state: "running", place });
});

test("a difference that is news on its way, or that is seen while the node may not serve, ends nothing", async () => {
  const { stage, inventory, lost, here, place, clock, gate } = staged();
  stage.runs("x", 3);
  inventory.soon();
  await clock.run(settleMs);
  here[place] = [{ id: "x", epoch: 3, running: true }];
  await clock.run(settleMs);
  here[place] = [];
  inventory.soon();
  await clock.run(settleMs);
  gate.serves = false;
  await clock.run(settleMs * 4);
  expect(lost).toEqual([]);
  gate.serves = true;
  await clock.run(settleMs);
  expect(lost).toEqual([]);
  await clock.run(settleMs);
  expect(lost).toHaveLength(1);
});

test("a thread that does not answer says nothing of its actors", async () => {
  const { stage, inventory, lost, clock, group } = staged();
  stage.runs("x", 3);
  group.answers.present = () => Promise.reject(new Error("it is blocked"));
  inventory.soon();
  await clock.run(settleMs * 4);
  expect(lost).toEqual([]);
});
