import { expect, test } from "vitest";
import { FakeGroup, thread } from "../fixtures/stage.js";
import { type Standing, StandingReplicas } from "./standing-replicas.js";

const standing = (index: number, more: Partial<Standing> = {}): Standing => ({
  place: thread("a", index),
  active: thread("b", 0),
  mode: "passive",
  epoch: 1,
  stands: true,
  ...more,
});

test("an actor goes on where its replica stands, while that thread lives", () => {
  const group = new FakeGroup("a");
  const replicas = new StandingReplicas(group);
  replicas.set("x", standing(1));
  expect([replicas.placeOf("x"), replicas.placeOf("y")]).toEqual([thread("a", 1), undefined]);
  group.dead.add(thread("a", 1));
  expect(replicas.placeOf("x")).toBeUndefined();
});

test("senders of this node are served by an active replica that has begun, on a thread that lives", () => {
  const group = new FakeGroup("a");
  const replicas = new StandingReplicas(group);
  replicas.set("passive", standing(0));
  replicas.set("ordered", standing(0, { mode: "active", stands: false }));
  replicas.set("serves", standing(0, { mode: "active", epoch: 7 }));
  expect(["passive", "ordered", "nobody"].map((id) => replicas.near(id))).toEqual([undefined, undefined, undefined]);
  expect(replicas.near("serves")).toMatchObject({ place: thread("a", 0), epoch: 7 });
  group.dead.add(thread("a", 0));
  expect(replicas.near("serves")).toBeUndefined();
});

test("those of a thread are found by it, and are gone when they are deleted", () => {
  const replicas = new StandingReplicas(new FakeGroup("a"));
  replicas.set("x", standing(0));
  replicas.set("y", standing(1));
  expect([replicas.any, [...replicas.ids()], replicas.at(thread("a", 1))]).toEqual([true, ["x", "y"], ["y"]]);
  replicas.delete("x");
  replicas.delete("y");
  expect([replicas.any, replicas.get("x")]).toEqual([false, undefined]);
});
