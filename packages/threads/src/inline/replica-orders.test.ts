import { expect, test } from "vitest";
import { boxCluster, source, target } from "./fixtures/box-cluster.js";

const spec = { id: "a", actor: "box", args: "none", restart: "permanent" as const };

test("an order to an actor is not carried out on a replica that serves beside it", async () => {
  const control = boxCluster().threads.get(source)?.control;
  const order = { saga: "s", ids: ["a"], to: target, batchSize: 1 };
  const notHere = { error: { code: "ActorNotFound" } };
  expect(await control?.stand([{ spec, active: target, epoch: 1_001, mode: "active" }])).toEqual([]);
  expect(await control?.move(order)).toMatchObject([notHere]);
  expect(await control?.stop(["a"], 100)).toMatchObject([notHere]);
  expect(await control?.yieldDuplicate("a", "l0", 100)).toMatchObject(notHere);
  expect(await control?.mergeDuplicate("a", new Uint8Array(), 100)).toMatchObject(notHere.error);
});

test("a replica that has become the actor takes its orders", async () => {
  const runner = boxCluster().threads.get(source);
  await runner?.control.stand([{ spec, active: target, epoch: 1_001, mode: "active" }]);
  expect(
    await runner?.control.start([{ spec, epoch: 2_001, life: { name: "l5", restarts: 0, bornAtMs: 5 }, promote: true }]),
  ).toEqual([{ index: 0, replica: {} }]);
  expect(await runner?.control.stop(["a"], 100)).toEqual([]);
  expect(runner?.cells.has("a")).toBe(false);
});
