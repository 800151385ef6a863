import { defineActor } from "@process-hub/actor";
import { NoNodeForKind, Partitioned, StartFailed } from "@process-hub/protocol";
import { settle } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { Counter } from "../fixtures/actors.js";
import { Stage } from "../fixtures/stage.js";
import type { NodeDoor } from "../node/node-door.js";
import { startNodeActors } from "./node-actors.js";

const head = { module: import.meta.url, state: z.object({}), init: () => ({}) };
const Gate = defineActor({ ...head, name: "gate", placement: "node" });

/** Node "a", which has an actor of its own. `fails`: why the tries to start it fail, one after another. */
function staged(...fails: readonly Error[]) {
  const { clock, hooks, local } = new Stage();
  const tries: { readonly atMs: number; readonly id: string; readonly nodes: readonly string[] | undefined }[] = [];
  const lates: (() => void)[] = [];
  const gate = {
    paused: false,
    opened: async (late: () => void) => {
      if (gate.paused) lates.push(late);
    },
  };
  const onDemand = {
    get: async ({ id, nodes }: { readonly id: string; readonly nodes?: readonly string[] }) => {
      const error = fails[tries.length];
      tries.push({ atMs: clock.now(), id, nodes });
      if (error !== undefined) throw error;
    },
  };
  const settings = { actors: [Gate, Counter], timings: { startTimeoutMs: 1_000, markerRetryMs: 200 } };
  const door = { clock, hooks, local, gate, onDemand, settings } as unknown as NodeDoor;
  const began = clock.now();
  const at = (): number[] => tries.map(({ atMs }) => atMs - began);
  return { clock, gate, lates, tries, at, started: startNodeActors(door) };
}

const nowhere = new StartFailed("actor gate@a has no node to run on", { id: "gate@a", nowhere: true });

test("a node starts its own actors, those of which each node has one", async () => {
  const { started, tries } = staged();
  await started;
  expect(tries).toMatchObject([{ id: "gate@a", nodes: ["a"] }]);
});

test("who is asked may not have met the node yet: it asks again, but not for ever", async () => {
  const { clock, started, at } = staged(nowhere, new NoNodeForKind("no node has it", { id: "gate@a" }));
  await clock.run(400);
  await started;
  expect(at()).toEqual([0, 200, 400]);
  const never = staged(...Array.from({ length: 20 }, () => nowhere));
  const failed = expect(never.started).rejects.toThrow("the actor gate@a of this node could not be started: actor gate@a has no");
  await never.clock.run(2_000);
  await failed;
  expect(never.at()).toEqual([0, 200, 400, 600, 800, 1_000]);
});

test("an error of its own is told at once", async () => {
  const { started, tries } = staged(new StartFailed("no port", { id: "gate@a" }));
  await expect(started).rejects.toThrow("the actor gate@a of this node could not be started: no port");
  expect(tries).toHaveLength(1);
});

test("a node that pauses meanwhile starts them when it serves again", async () => {
  const { started, gate, lates, tries } = staged(new Partitioned("too few", {}));
  gate.paused = true;
  await started;
  expect([tries.length, lates.length]).toEqual([1, 1]);
  for (const late of lates) late();
  await settle();
  expect(tries).toHaveLength(2);
});
